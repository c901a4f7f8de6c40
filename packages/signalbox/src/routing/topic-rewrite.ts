// One rule of topic rewriting: a Topic Filter whose wildcards are captured, and what becomes of a topic that it matches.
// No regular expressions: a topic costs as many steps as it has levels, whatever the rule. Knows no client.

import { splitLevels, validateTopicFilter } from '../mqtt/topics.ts';

const CAPTURE = /\$(\d+)/g;

export class TopicRewrite {
  readonly #from: readonly string[];
  /** Text and, in between, numbers of captures. */
  readonly #to: readonly (string | number)[];

  /** `$1`, `$2`, … in `to` stand for what the wildcards of `from` matched. Throws RangeError when they do not fit. */
  constructor(from: string, to: string) {
    const problem = validateTopicFilter(from);
    if (problem !== undefined || from.startsWith('$share/')) {
      throw new RangeError(`“${from}” is no Topic Filter to rewrite: ${problem ?? 'it is a shared one'}`);
    }
    this.#from = splitLevels(from);
    const wildcards = this.#from.filter(isWildcard).length;
    this.#to = to.split(CAPTURE).map((part, index) => (index % 2 === 0 ? part : Number(part)));
    for (const part of this.#to) {
      if (typeof part === 'number' && (part < 1 || part > wildcards)) {
        throw new RangeError(`“${to}” uses $${part}, and “${from}” has ${wildcards} wildcards`);
      }
    }
  }

  /**
   * What the topic becomes; undefined when the rule is not about it. For a Topic Filter its own `+` is matched by `+`, its
   * own `#` by `#` only. The answer need not be valid. `fill` is asked what each text of the rule itself becomes, and told what
   * stands before it; never about what the topic brings.
   */
  apply(topic: string, fill: (text: string, before: string) => string = asItIs): string | undefined {
    const from = this.#from;
    const levels = splitLevels(topic);
    if (topic.startsWith('$') && isWildcard(from[0]!)) return undefined; // as when matching (§4.7.2)
    const captured: (string | undefined)[] = [];
    for (let at = 0; at < from.length; at++) {
      const rule = from[at]!;
      if (rule === '#') {
        captured.push(at < levels.length ? levels.slice(at).join('/') : undefined);
        return this.#compose(captured, fill);
      }
      const level = levels[at];
      if (level === undefined || level === '#' || (rule !== '+' && rule !== level)) return undefined;
      if (rule === '+') captured.push(level);
    }
    return levels.length === from.length ? this.#compose(captured, fill) : undefined;
  }

  #compose(captured: readonly (string | undefined)[], fill: (text: string, before: string) => string): string {
    let text = '';
    for (const part of this.#to) {
      const more = typeof part === 'number' ? captured[part - 1] : fill(part, text);
      // `#` also matches the level above it: then nothing follows the slash before it, and the slash goes as well.
      if (more === undefined) text = text.endsWith('/') ? text.slice(0, -1) : text;
      else text += more;
    }
    return text;
  }
}

function asItIs(text: string): string {
  return text;
}

function isWildcard(level: string): boolean {
  return level === '+' || level === '#';
}
