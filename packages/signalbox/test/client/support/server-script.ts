// How the server of a test behaves: everything is granted unless a test says otherwise.

import type { ConnackInput } from '../../../src/mqtt/packets/connack.ts';
import type { ConnectPacket } from '../../../src/mqtt/packets/connect.ts';
import type { Packet, PacketType } from '../../../src/mqtt/packets/packet.ts';
import type { PublishPacket } from '../../../src/mqtt/packets/publish.ts';
import type { ProtocolVersion } from '../../../src/mqtt/wire-format.ts';
import type { ServerLink } from './server-link.ts';

type Answer = Omit<ConnackInput, 'type' | 'sessionPresent'> & { readonly sessionPresent?: boolean };

export class ServerScript {
  /** Answers that are held back until the test gives them. */
  readonly holds = new Set<PacketType>();
  /** What the server sends arrives in pieces of so many bytes. */
  pieceSize = Infinity;
  onlyVersion: ProtocolVersion | undefined;
  /** 'hang': nobody answers the dialling. */
  dial: (url: string) => 'accept' | 'refuse' | 'hang' = () => 'accept';
  /** Undefined: silence. */
  connack: (connect: ConnectPacket, link: ServerLink) => Answer | undefined = () => ({});
  reasonCodeOf: (publish: PublishPacket) => number = () => 0;
  grant: (topicFilter: string, qos: number) => number = (_, qos) => qos;
  onPacket: (packet: Packet, link: ServerLink) => void = () => {};
  /** After its acknowledgement is given, or held back. */
  onPublish: (packet: PublishPacket, link: ServerLink) => void = () => {};

  /** CONNACK with these properties, from now on. */
  announce(properties: Answer['properties']): void {
    this.connack = () => ({ properties });
  }

  /** CONNACK with this reason code, from now on. */
  refuse(reasonCode: number, properties: Answer['properties'] = {}): void {
    this.connack = () => ({ reasonCode, properties });
  }

  welcome(): void {
    this.connack = () => ({});
  }
}
