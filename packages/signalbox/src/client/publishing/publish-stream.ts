// Publishes what an iterable yields, no faster than it is taken: the source is asked for the next message when there is
// room for it.

import type { Client } from '../client.ts';
import type { OperationOptions } from '../client-options.ts';
import type { OutgoingMessage } from './publication.ts';

export interface PublishStreamResult {
  /** Messages that were settled well. */
  readonly published: number;
  /** Messages that were refused or given up. */
  readonly failed: number;
}

export interface PublishStreamOptions extends OperationOptions {
  /** Called for each message that failed; the others go on. Without it the first failure ends the stream. */
  readonly onFailure?: ((error: unknown, message: OutgoingMessage) => void) | undefined;
}

export async function publishAll(
  client: Pick<Client, 'publish' | 'ready'>,
  source: AsyncIterable<OutgoingMessage> | Iterable<OutgoingMessage>,
  { onFailure, signal, timeoutMs }: PublishStreamOptions,
): Promise<PublishStreamResult> {
  let published = 0;
  let failed = 0;
  let failure: { readonly error: unknown } | undefined;
  let open = 0;
  let whenDone: (() => void) | undefined;
  const done = (): void => {
    open--;
    if (open === 0) whenDone?.();
  };
  for await (const message of source) {
    signal?.throwIfAborted();
    await unlessAborted(client.ready(), signal);
    if (failure !== undefined) throw failure.error;
    const { topicName, payload, qos, retain, properties } = message;
    open++;
    client.publish(topicName, payload, { qos, retain, properties, signal, timeoutMs }).then(
      () => {
        published++;
        done();
      },
      (error: unknown) => {
        failed++;
        try {
          if (onFailure === undefined) failure ??= { error };
          else onFailure(error, message);
        } catch (thrown) {
          failure ??= { error: thrown };
        }
        done();
      },
    );
  }
  if (open > 0) await new Promise<void>((resolve) => (whenDone = resolve));
  if (failure !== undefined) throw (failure as { readonly error: unknown }).error;
  return { published, failed };
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
