/**
 * A Network Connection as sessions, deliveries and limits see it, whatever is spoken on it. What its peer says and is
 * answered is the business of whoever speaks the protocol.
 */
import type { DisconnectProperties } from '../../mqtt/properties.ts';
import type { ProtocolVersion, QoS } from '../../mqtt/wire-format.ts';
import type { Transport } from '../../transport/transport.ts';
import type { AddressRecord } from '../admission/address-table.ts';
import type { Entrance } from '../entrance.ts';
import type { Exchange } from '../exchange.ts';
import type { ClientInfo, Maybe } from '../hooks.ts';
import type { ClientSession } from '../sessions/client-session.ts';
import type { Durability, StoredDelivery } from '../store/store.ts';
import type { ClientOutput } from './client-output.ts';
import type { OutgoingAliases } from './outgoing-aliases.ts';

/** MSIP/1. No version of MQTT has this number. */
export const MSIP_VERSION = 1;

/** What is spoken, by the number of its version: 3.1, 3.1.1, 5.0, or MSIP/1. */
export type SpokenVersion = ProtocolVersion | typeof MSIP_VERSION;

export interface Link {
  readonly exchange: Exchange;
  readonly transport: Transport;
  readonly entrance: Entrance;
  readonly output: ClientOutput;
  /** What is known of the address it came from. */
  readonly address: AddressRecord | undefined;
  readonly session: ClientSession | undefined;
  readonly client: ClientInfo | undefined;
  /** The user whom authentication itself has named: not what the client says. */
  readonly owner: string | undefined;
  readonly protocolVersion: SpokenVersion;
  /** What the client takes, in bytes. */
  readonly maximumPacketSize: number;
  /** Of MQTT 5.0, where the client takes some. */
  readonly aliases: OutgoingAliases | undefined;
  readonly isClosed: boolean;
  /** It was let in. */
  readonly isAnnounced: boolean;
  /** It speaks MSIP and has an acknowledged session: EVENTs go out with ACK_REQUIRED. */
  readonly acknowledgesEvents: boolean;
  /** When it was let in, in seconds since the broker began; 0: it was not, or the client has said goodbye since. */
  readonly greetedSecond: number;
  /** What is acknowledged on this connection lasts so long. */
  readonly durability: Durability;
  /** How many messages are acknowledged as soon as the store has them. */
  readonly waitingAcknowledgements: number;

  /** Seconds of silence after which the client is to be heard; 0: it may be silent. */
  readonly keepAlive: number;
  /** How many more messages that it has to acknowledge the client takes now. */
  readonly vacancy: number;
  /** Whether the client may be sent another message that it has to acknowledge. */
  readonly hasVacancy: boolean;
  /** Takes a message of QoS 1 or 2 into flight; answers its packet identifier, 0 when there is no vacancy. */
  admit(qos: QoS, stored: StoredDelivery | undefined, offered: number): number;
  /** A client that does not take its answers, or says too much, is not asked for more. */
  readOrPause(): void;
  /** It was not read by our own wish: before now it could not be heard. */
  onReadAgain(): void;
  /** Ends the connection with a reason the client is told where its protocol allows. */
  disconnect(reasonCode: number, properties?: DisconnectProperties): void;
  /** Another connection of the same client wants its session, and has it when this answers. */
  takeOver(): Maybe<void>;
  /** The broker cannot keep what it would have to, which is reported once and not for each connection. */
  part(error: Error, reasonCode: number): void;
  /** Our own fault: this connection ends, the broker lives. */
  fail(error: unknown, doing: string): void;
}
