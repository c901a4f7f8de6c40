// How often handlers failed at a message that the server sends again and again, and the end of it. Exists only where a
// limit is given. §4.3, §4.4

import type { ProtocolVersion } from '../../mqtt/wire-format.ts';
import { ClientError } from '../client-errors.ts';
import type { PoisonOptions } from '../client-options.ts';
import type { Message } from './message.ts';

export interface FailedDeliveriesHost {
  readonly options: { readonly poison?: PoisonOptions | undefined };
  readonly connecting: { readonly protocolVersion: ProtocolVersion };
  /** Counts those that failed too often. */
  poisoned: number;
  readonly onProblem: (problem: unknown) => void;
}

interface Failure {
  readonly sessionEpoch: number;
  readonly topicName: string;
  readonly fingerprint: number;
  count: number;
}

/** Implementation specific error: nobody but us knows what is wrong with it. */
const DEFAULT_REASON_CODE = 0x83;
/** Messages that are remembered, the latest: a few hundred kilobytes. */
const KEPT = 10_000;

export class FailedDeliveries {
  readonly #host: FailedDeliveriesHost;
  /** By Packet Identifier: what the server sends again has the same. */
  readonly #failures = new Map<number, Failure>();

  constructor(host: FailedDeliveriesHost) {
    this.#host = host;
  }

  /** Gives the message back to the server, or acknowledges it for good. Never rejects. */
  async judge(message: Message, problem: Error): Promise<void> {
    if (message.isSettled) return;
    const { options, connecting, onProblem } = this.#host;
    const { deliveries = Infinity, reasonCode = DEFAULT_REASON_CODE, onPoison } = options.poison ?? {};
    if (this.#count(message) < deliveries) {
      message.abandon();
      return;
    }
    const error = new ClientError(
      'POISONED',
      `the handler failed ${deliveries} times at the message to '${message.topicName}': it is given up`,
      problem.cause,
    );
    try {
      await onPoison?.(message, error);
      message.acknowledge(connecting.protocolVersion === 5 ? { reasonCode } : undefined);
    } catch (failure) {
      message.abandon();
      onProblem(failure);
      return;
    }
    this.#host.poisoned++;
    if (onPoison === undefined) onProblem(error);
  }

  /** How often it has failed, this time among them. */
  #count({ packetIdentifier, duplicate, sessionEpoch, topicName, payload }: Message): number {
    const known = this.#failures.get(packetIdentifier);
    const fingerprint = fingerprintOf(payload);
    const isSame =
      duplicate &&
      known?.sessionEpoch === sessionEpoch &&
      known.topicName === topicName &&
      known.fingerprint === fingerprint;
    const failure = isSame ? known : { sessionEpoch, topicName, fingerprint, count: 0 };
    failure.count++;
    this.#failures.delete(packetIdentifier);
    this.#failures.set(packetIdentifier, failure);
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= KEPT) break;
      this.#failures.delete(oldest);
    }
    return failure.count;
  }
}

/** Another payload has another one, most probably (FNV-1a). */
function fingerprintOf(payload: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of payload) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash ^ payload.length;
}
