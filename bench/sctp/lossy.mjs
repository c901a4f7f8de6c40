// Loss for a contestant that knows nothing of it: every so many of a hundred packets a process sends are not sent, as a seed
// says. The same for all, in both directions.

import { Socket } from 'node:dgram';

/**
 * @param {number} percent
 * @param {number} seed
 */
export function loseBySeed(percent, seed) {
  if (percent === 0) return;
  /** @type {any} */
  const prototype = Socket.prototype;
  const send = prototype.send;
  let state = seed;
  /** @param {any[]} args */
  prototype.send = function sometimes(...args) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    if (((state >>> 0) / 2 ** 32) * 100 >= percent) return send.apply(this, args);
    const done = args.at(-1);
    if (typeof done === 'function') process.nextTick(done, null, 0);
    return undefined;
  };
}
