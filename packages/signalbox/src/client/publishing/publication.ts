// One message on its way out: what is to be sent, how far it is, and the promise of whoever published it. §3.3, §4.3

import { copyShared } from '../../bytes/shared-chunks.ts';
import { PUBLISH, type PublishInput } from '../../mqtt/packets/publish.ts';
import type { PropertiesInput, PublishProperties } from '../../mqtt/properties.ts';
import type { ProtocolVersion, QoS } from '../../mqtt/wire-format.ts';

export interface PublishResult {
  /** 0x00, or 0x10 (No matching subscribers) where the server says so. 0 at QoS 0, which nobody answers. */
  readonly reasonCode: number;
}

export interface PublishOptions {
  /** Default 0. */
  readonly qos?: QoS | undefined;
  readonly retain?: boolean | undefined;
  /** Of 5.0. */
  readonly properties?: PropertiesInput<PublishProperties> | undefined;
}

/** What nearly all promises resolve with; shared, as it is always the same. */
export const SUCCESS: PublishResult = Object.freeze({ reasonCode: 0 });

/** A message as it is to be published. */
export interface OutgoingMessage extends PublishOptions {
  readonly topicName: string;
  /** Text is sent as UTF-8. Default: empty. */
  readonly payload?: Uint8Array | string | undefined;
}

/** How far a message is. 'handed-over': the server has it (PUBREC), what remains is to forget its identifier. */
export type PublicationStage = 'queued' | 'sent' | 'handed-over' | 'settled';

export class Publication {
  readonly packet: PublishInput;
  readonly qos: QoS;
  /** When it was published, by the clock of the client. */
  readonly acceptedAt: number;
  /** Bytes it counts for in the queue; known exactly once it has to wait. */
  size: number;
  readonly result: Promise<PublishResult>;
  stage: PublicationStage = 'queued';
  sentAt = 0;
  /** Of PUBREC, once it is handed over. */
  reasonCode = 0;
  /** Its place in the session store; 0: not kept there. */
  key = 0;
  /** The store has not kept yet what it has to: the message must not be sent. */
  isUnkept = false;
  /** Chosen before it is sent only where it has to be kept; else 0. */
  packetIdentifier = 0;
  #resolve!: (result: PublishResult) => void;
  #reject!: (error: unknown) => void;

  /** `packet` must not change any more: its bytes are the client's own. */
  constructor(packet: PublishInput, acceptedAt: number) {
    this.packet = packet;
    this.qos = packet.qos ?? 0;
    this.acceptedAt = acceptedAt;
    this.size = packet.topicName.length + (packet.payload?.length ?? 0);
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** With the Reason Code of the server; 0 at QoS 0. */
  resolve(reasonCode: number): void {
    this.stage = 'settled';
    this.#resolve(reasonCode === 0 ? SUCCESS : { reasonCode });
  }

  reject(error: unknown): void {
    this.stage = 'settled';
    this.#reject(error);
  }

  /** Rejects the promise; what is in flight stays so. */
  disappoint(error: unknown): void {
    this.#reject(error);
  }

  /** The packet as it is to be sent at `now`; undefined when the message has expired. §3.3.2.3.3 */
  packetAt(now: number): PublishInput | undefined {
    const expiry = this.packet.properties?.messageExpiryInterval;
    if (expiry === undefined) return this.packet;
    const waited = Math.floor((now - this.acceptedAt) / 1000);
    if (waited <= 0) return this.packet;
    if (waited >= expiry) return undefined;
    return this.#expiringIn(expiry - waited);
  }

  /** The same once it was sent. An exchange of QoS 2 that has begun is completed, expired or not. [MQTT-4.3.3-7] */
  packetAgain(now: number): PublishInput | undefined {
    return this.packetAt(now) ?? (this.qos === 2 ? this.#expiringIn(0) : undefined);
  }

  #expiringIn(messageExpiryInterval: number): PublishInput {
    return { ...this.packet, properties: { ...this.packet.properties, messageExpiryInterval } };
  }
}

/**
 * The same PUBLISH with bytes of its own, and without a Topic Alias, which ends with the connection: `prepare` resolves one that
 * was given by hand. Throws UsageError.
 */
export function ownPublish(packet: PublishInput, prepare: (packet: PublishInput) => PublishInput): PublishInput {
  const { payload, properties } = packet;
  if (properties?.correlationData !== undefined || properties?.topicAlias !== undefined) return prepare(packet);
  return payload instanceof Uint8Array ? { ...packet, payload: copyShared(payload, 0, payload.length) } : packet;
}

/** Bytes of the packet, if it can be written at all, as far as that is known without a server. Throws UsageError. */
export function measured(packet: PublishInput, protocolVersion: ProtocolVersion): number {
  const packetIdentifier = packet.qos ? 1 : 0;
  return PUBLISH.measure({ ...packet, packetIdentifier }, { protocolVersion, packetIdentifierSize: 2 });
}
