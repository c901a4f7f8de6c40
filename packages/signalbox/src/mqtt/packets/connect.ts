// CONNECT (§3.1): a client asks for a connection. The types; reading is in read-connect.ts, writing in write-connect.ts.

import type { ConnectProperties, PropertiesInput, WillProperties } from '../properties.ts';
import type { ProtocolVersion, QoS } from '../wire-format.ts';

/** The message a server publishes when the client is gone without saying goodbye. */
export interface Will {
  readonly topicName: string;
  /** A window on the bytes that were read: valid until the call returns that handed it out; copy it to keep it. */
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: WillProperties;
}

export interface ConnectPacket {
  readonly type: 'connect';
  readonly protocolVersion: ProtocolVersion;
  /** The client is a bridge: bit 0x80 of the version byte, in use with 3.1 and 3.1.1 only. */
  readonly bridge: boolean;
  readonly clientId: string;
  /** Called Clean Session before 5.0. */
  readonly cleanStart: boolean;
  /** Seconds; 0: none. */
  readonly keepAlive: number;
  readonly username: string | undefined;
  /** A window on the bytes that were read, as the will's payload. */
  readonly password: Uint8Array | undefined;
  readonly will: Will | undefined;
  readonly properties: ConnectProperties;
}

export interface WillInput {
  readonly topicName: string;
  /** Text is sent as UTF-8. Default: empty. */
  readonly payload?: Uint8Array | string | undefined;
  readonly qos?: QoS | undefined;
  readonly retain?: boolean | undefined;
  readonly properties?: PropertiesInput<WillProperties> | undefined;
}

export interface ConnectInput {
  readonly type: 'connect';
  /** Default: the version of the wire format. */
  readonly protocolVersion?: ProtocolVersion | undefined;
  readonly bridge?: boolean | undefined;
  /** Default: empty, the server assigns one. 3.1 knows no empty one; 3.1.1 only with `cleanStart`. */
  readonly clientId?: string | undefined;
  /** Default: true. */
  readonly cleanStart?: boolean | undefined;
  /** Default: 0, none. */
  readonly keepAlive?: number | undefined;
  readonly username?: string | undefined;
  /** Text is sent as UTF-8. Before 5.0 only with a `username`. */
  readonly password?: Uint8Array | string | undefined;
  readonly will?: WillInput | undefined;
  readonly properties?: PropertiesInput<ConnectProperties> | undefined;
}
