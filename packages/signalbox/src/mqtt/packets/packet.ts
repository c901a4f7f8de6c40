// The fifteen Control Packets as one union, and the way from a whole packet in bytes to an object and back (§2.1).
// The packets themselves are in their own files.

import type { AuthInput, AuthPacket } from './auth.ts';
import type { ConnackInput, ConnackPacket } from './connack.ts';
import type { ConnectInput, ConnectPacket } from './connect.ts';
import type { DisconnectInput, DisconnectPacket } from './disconnect.ts';
import type { PingreqPacket, PingrespPacket } from './ping.ts';
import type { PubackInput, PubackPacket } from './puback.ts';
import type { PubcompInput, PubcompPacket } from './pubcomp.ts';
import type { PublishInput, PublishPacket } from './publish.ts';
import type { PubrecInput, PubrecPacket } from './pubrec.ts';
import type { PubrelInput, PubrelPacket } from './pubrel.ts';
import type { SubackInput, SubackPacket } from './suback.ts';
import type { SubscribeInput, SubscribePacket } from './subscribe.ts';
import type { UnsubackInput, UnsubackPacket } from './unsuback.ts';
import type { UnsubscribeInput, UnsubscribePacket } from './unsubscribe.ts';

/** A packet as it is read: every field is there. */
export type Packet =
  | ConnectPacket
  | ConnackPacket
  | PublishPacket
  | PubackPacket
  | PubrecPacket
  | PubrelPacket
  | PubcompPacket
  | SubscribePacket
  | SubackPacket
  | UnsubscribePacket
  | UnsubackPacket
  | PingreqPacket
  | PingrespPacket
  | DisconnectPacket
  | AuthPacket;

/** A packet as a caller may write it: what has a default may be left out. Every Packet is one. */
export type PacketInput =
  | ConnectInput
  | ConnackInput
  | PublishInput
  | PubackInput
  | PubrecInput
  | PubrelInput
  | PubcompInput
  | SubscribeInput
  | SubackInput
  | UnsubscribeInput
  | UnsubackInput
  | PingreqPacket
  | PingrespPacket
  | DisconnectInput
  | AuthInput;

export type PacketType = Packet['type'];
