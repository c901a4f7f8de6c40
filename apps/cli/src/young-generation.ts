/**
 * How far V8 may grow its young generation (decisions 0015 and 0019): not at all while connections come, which would cost
 * each of them 2 KB for good; as far as it likes while messages are kept until they are acknowledged, which would otherwise
 * all be copied into the old generation only to die there.
 */
import { setFlagsFromString } from 'node:v8';
import type { Broker } from 'signalbox/broker';

const INTERVAL_MS = 1000;
/** Messages kept in a second from which on growing pays: each lives for a millisecond or more. */
const MANY = 2000;

export function tuneYoungGeneration(broker: Broker): void {
  let isGrowing = false;
  let before = 0;
  setFlagsFromString('--semi-space-growth-factor=1');
  const timer = setInterval(() => {
    const { messagesKept } = broker.statistics;
    const isBusy = messagesKept - before > MANY;
    before = messagesKept;
    if (isBusy === isGrowing) return;
    isGrowing = isBusy;
    setFlagsFromString(`--semi-space-growth-factor=${isBusy ? 2 : 1}`);
  }, INTERVAL_MS);
  timer.unref();
}
