// Messages as a subscription hands them out, made by hand.
import type { Message } from 'signalbox';

export function message(topicName: string, payload: string | Uint8Array, more: Partial<Message> = {}): Message {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
  const fields = { qos: 0, retain: false, duplicate: false, properties: {}, packetIdentifier: 0 };
  return { topicName, payload: bytes, ...fields, ...more } as unknown as Message;
}
