// PUBLISH (§3.3): carries an application message. Type, read and write.

import type { PropertiesInput, PublishProperties } from '../properties.ts';
import type { QoS } from '../wire-format.ts';

export interface PublishPacket {
  readonly type: 'publish';
  /** Empty when a topic alias stands for it (5.0). */
  readonly topicName: string;
  /** A window on the bytes that were read: valid until the call returns that handed it out; copy it to keep it. */
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly duplicate: boolean;
  /** 0 when `qos` is 0. */
  readonly packetIdentifier: number;
  readonly properties: PublishProperties;
}

export interface PublishInput {
  readonly type: 'publish';
  readonly topicName: string;
  /** Text is sent as UTF-8. Default: empty. */
  readonly payload?: Uint8Array | string | undefined;
  readonly qos?: QoS | undefined;
  readonly retain?: boolean | undefined;
  readonly duplicate?: boolean | undefined;
  /** Must be there when `qos` is 1 or 2 (a Connection assigns it), absent or 0 when it is 0. */
  readonly packetIdentifier?: number | undefined;
  readonly properties?: PropertiesInput<PublishProperties> | undefined;
}
