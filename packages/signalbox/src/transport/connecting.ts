// Connecting: the options every kind of connection takes, and the wait for it with a time limit and an abort.

import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { DEFAULT_CONNECT_TIMEOUT_MS } from './transport.ts';
import { connectError, TransportError, type TransportErrorCode } from './transport-error.ts';

export interface ConnectOptions {
  /** From the call to a usable transport, handshakes included. Default 30,000. */
  readonly connectTimeoutMs?: number;
  /** Default 2,000. */
  readonly graceMs?: number;
  readonly signal?: AbortSignal;
}

/** Connecting in several phases, which share the time limit. */
export interface PhaseOptions extends ConnectOptions {
  /** Of `performance.now()`. Default: now. */
  readonly startedAt?: number;
}

interface WaitOptions extends PhaseOptions {
  readonly giveUp: () => void;
  readonly failure: () => TransportErrorCode;
}

/**
 * Waits for `event`, and calls `giveUp` when it does not come. Rejects with TransportError, `failure` being its code when
 * the system does not name another.
 */
export function untilEvent(source: EventEmitter, event: string, url: string, options: WaitOptions): Promise<void> {
  const { signal, connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS, startedAt } = options;
  const elapsedMs = startedAt === undefined ? 0 : performance.now() - startedAt;
  return new Promise((resolve, reject) => {
    const settle = (error?: TransportError): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      source.removeListener(event, onEvent);
      source.removeListener('error', onError);
      source.removeListener('close', onClose);
      if (error === undefined) {
        resolve();
        return;
      }
      options.giveUp();
      reject(error);
    };
    const onEvent = (): void => settle();
    const onError = (error: Error): void => settle(connectError(url, error, options.failure()));
    const onClose = (): void => onError(new Error('the peer closed the connection'));
    const onAbort = (): void => {
      settle(new TransportError('CONNECT_ABORTED', `connecting to ${url} was aborted`, signal?.reason));
    };
    const timer = setTimeout(() => {
      settle(
        new TransportError('CONNECT_TIMEOUT', `cannot connect to ${url}: no answer within ${connectTimeoutMs} ms`),
      );
    }, connectTimeoutMs - elapsedMs);
    source.once(event, onEvent);
    source.once('error', onError);
    source.once('close', onClose);
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}

export function untilConnected(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  url: string,
  options: PhaseOptions,
): Promise<void> {
  let isConnected = !socket.connecting; // over one that is
  socket.once('connect', () => {
    isConnected = true;
  });
  return untilEvent(socket, event, url, {
    ...options,
    giveUp: () => socket.destroy(),
    failure: () => (isConnected && event === 'secureConnect' ? 'TLS_FAILED' : 'CONNECT_FAILED'),
  });
}
