// In place of mqtt/topic-names.ts in a bundle for pages: names are decoded to be found, as the platform decodes fast enough for what
// a page receives. Begins anew when it is full.

import { copyOf } from './copy.mjs';
import { checkUtf8, readUtf8 } from './utf8.mjs';

/**
 * @param {string} name
 * @param {Uint8Array} bytes
 */
const topicOf = (name, bytes) => ({ name, bytes, route: undefined });

export const NO_TOPIC = /* @__PURE__ */ topicOf('', /* @__PURE__ */ new Uint8Array(0));

export class RecentTopicNames {
  #limit;
  /** @type {Map<string, ReturnType<typeof topicOf>>} */
  #names = new Map();

  constructor(limit = 1024) {
    this.#limit = limit;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} start
   * @param {number} end
   */
  intern(bytes, start, end) {
    if (start >= end || checkUtf8(bytes, start, end) < 0) return undefined;
    const name = readUtf8(bytes, start, end);
    const known = this.#names.get(name);
    if (known !== undefined || /[+#]/.test(name)) return known;
    const topic = topicOf(name, copyOf(bytes, start, end));
    if (this.#names.size >= this.#limit) this.#names.clear();
    if (end - start <= 256) this.#names.set(name, topic);
    return topic;
  }
}
