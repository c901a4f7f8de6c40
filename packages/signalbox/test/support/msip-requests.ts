// Requests of MSIP for tests of a broker, and what came back, sorted.

import { FLAG, topicAndMessage, wire } from './msip-wire.ts';

export function publish(topic: string, message: string, msgId: bigint, flags: number = FLAG.none): Uint8Array {
  return wire('publish', { flags, msgId, payload: topicAndMessage(topic, message) });
}

export function subscribe(topicFilter: string, msgId: bigint, flags: number = FLAG.ackRequired): Uint8Array {
  return wire('subscribe', { flags, msgId, payload: topicFilter });
}

export function unsubscribe(topicFilter: string, msgId: bigint, flags: number = FLAG.ackRequired): Uint8Array {
  return wire('unsubscribe', { flags, msgId, payload: topicFilter });
}

/** EVENTs as they came; the answers by frame and msg_id, as they may come in any order [MSIP-3-4]. */
export function sorted(lines: readonly string[]): { events: string[]; answers: string[] } {
  const events = lines.filter((line) => line.startsWith('event '));
  const answers = lines.filter((line) => !line.startsWith('event '));
  return { events, answers: answers.map((line) => line.split(' ').slice(0, 2).join(' ')).sort() };
}
