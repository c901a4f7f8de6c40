// Answers to requests: what a handler returns goes to where the request wants it. §4.10

import type { Client } from './client.ts';
import type { PublishOptions } from './publishing/publication.ts';
import type { Message } from './receiving/message.ts';
import type { MessageHandler } from './receiving/subscription.ts';

/** An answer: its payload, or the payload with options; undefined: none is sent. */
export type Reply =
  | Uint8Array
  | string
  | undefined
  | (PublishOptions & { readonly payload?: Uint8Array | string | undefined });

export type ReplyHandler = (message: Message) => Reply | Promise<Reply>;

/** The request counts as handled when the answer is acknowledged. A message without a Response Topic gets none. */
export function replyTo(client: Pick<Client, 'publish'>, handler: ReplyHandler): MessageHandler {
  return async (message) => {
    const reply = await handler(message);
    const { responseTopic, correlationData } = message.properties;
    if (reply === undefined || responseTopic === undefined) return;
    const {
      payload,
      qos = message.qos,
      retain,
      properties,
    } = typeof reply === 'string' || reply instanceof Uint8Array ? { payload: reply } : reply;
    await client.publish(responseTopic, payload, {
      qos,
      retain,
      properties: { ...properties, ...(correlationData === undefined ? {} : { correlationData }) },
    });
  };
}
