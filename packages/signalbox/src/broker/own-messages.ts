/** Messages that the embedding program itself publishes: no hook is asked about them. */
import { UsageError } from '../mqtt/errors.ts';
import type { PublishInput } from '../mqtt/packets/publish.ts';
import { reasonCodeName } from '../mqtt/reason-codes.ts';
import { createMessage } from './delivery/created-message.ts';
import type { Exchange } from './exchange.ts';

export type OwnMessage = Omit<PublishInput, 'type' | 'duplicate' | 'packetIdentifier'>;

/** Resolves when it is routed and kept. Rejects with UsageError, and with the store's error when it cannot be kept. */
export async function publishOwn(exchange: Exchange, message: OwnMessage): Promise<void> {
  const { failure } = exchange.commits;
  if (failure !== undefined) throw failure;
  const reasonCode = exchange.publishing.publishKept(createMessage(exchange, { ...message, type: 'publish' }, ''));
  if (reasonCode >= 0x80) throw new UsageError('NOT_ALLOWED', `refused: ${reasonCodeName(reasonCode)}`);
  await new Promise<void>((resolve, reject) => {
    exchange.commits.after((error) => (error === undefined ? resolve() : reject(error)), exchange.durability);
  });
}
