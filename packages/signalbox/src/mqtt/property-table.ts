// One table for the properties of MQTT 5.0 (§2.2.2.2): identifier, name, how the value looks on the wire, which packets
// may carry it and how often. Reading and writing are driven by it.

import { PacketTypeNumber, packetTypeBit } from './packets/packet-types.ts';
import type { PropertyName } from './properties.ts';

/** 'byte' is a small number, 'boolean' a byte of 0 or 1, 'pair' two strings. */
export type PropertyWireType = 'byte' | 'boolean' | 'u16' | 'u32' | 'varint' | 'utf8' | 'binary' | 'pair';

export interface PropertyDescription {
  readonly identifier: number;
  readonly name: PropertyName;
  readonly wireType: PropertyWireType;
  /** Limits of a number; 0 for what is none. */
  readonly minimum: number;
  readonly maximum: number;
  /** Set of packet types (bit n: packet type n, bit 0: the will in CONNECT). */
  readonly carriers: number;
  /** The value is an array with one entry per occurrence. */
  readonly isRepeatable: boolean;
  /** The value is a Topic Name: no wildcards, at least one character. */
  readonly isTopicName: boolean;
}

/** The bit of the will's own properties, which are not those of the CONNECT around it. */
export const WILL_BIT = 1;
export const SUBSCRIBE_BIT: number = packetTypeBit(PacketTypeNumber.subscribe);

const BIT = Object.fromEntries(
  Object.entries(PacketTypeNumber).map(([type, number]) => [type, packetTypeBit(number)]),
) as Readonly<Record<keyof typeof PacketTypeNumber, number>>;

const MESSAGE = BIT.publish | WILL_BIT;
const OPENING = BIT.connect | BIT.connack;
const AUTHENTICATION = OPENING | BIT.auth;
const ACKNOWLEDGEMENTS = BIT.puback | BIT.pubrec | BIT.pubrel | BIT.pubcomp | BIT.suback | BIT.unsuback;
/** Packets that say how something ended, and can explain it. */
export const ANSWERS: number = BIT.connack | ACKNOWLEDGEMENTS | BIT.disconnect | BIT.auth;
const EVERYTHING = ANSWERS | BIT.connect | MESSAGE | BIT.subscribe | BIT.unsubscribe;

/** Limits of numbers. Both properties of type 'byte' are 0 or 1. */
const LARGEST: { readonly [T in PropertyWireType]?: number } = {
  byte: 1,
  boolean: 1,
  u16: 0xffff,
  u32: 0xffff_ffff,
  varint: 268_435_455,
};

function describe(
  identifier: number,
  name: PropertyName,
  wireType: PropertyWireType,
  carriers: number,
  minimum = 0,
): PropertyDescription {
  return {
    identifier,
    name,
    wireType,
    minimum,
    maximum: LARGEST[wireType] ?? 0,
    carriers,
    isRepeatable: wireType === 'pair' || wireType === 'varint',
    isTopicName: name === 'responseTopic',
  };
}

export const PROPERTIES: readonly PropertyDescription[] = [
  describe(0x01, 'payloadFormatIndicator', 'byte', MESSAGE),
  describe(0x02, 'messageExpiryInterval', 'u32', MESSAGE),
  describe(0x03, 'contentType', 'utf8', MESSAGE),
  describe(0x08, 'responseTopic', 'utf8', MESSAGE),
  describe(0x09, 'correlationData', 'binary', MESSAGE),
  describe(0x0b, 'subscriptionIdentifiers', 'varint', BIT.publish | BIT.subscribe, 1),
  describe(0x11, 'sessionExpiryInterval', 'u32', OPENING | BIT.disconnect),
  describe(0x12, 'assignedClientIdentifier', 'utf8', BIT.connack),
  describe(0x13, 'serverKeepAlive', 'u16', BIT.connack),
  describe(0x15, 'authenticationMethod', 'utf8', AUTHENTICATION),
  describe(0x16, 'authenticationData', 'binary', AUTHENTICATION),
  describe(0x17, 'requestProblemInformation', 'boolean', BIT.connect),
  describe(0x18, 'willDelayInterval', 'u32', WILL_BIT),
  describe(0x19, 'requestResponseInformation', 'boolean', BIT.connect),
  describe(0x1a, 'responseInformation', 'utf8', BIT.connack),
  describe(0x1c, 'serverReference', 'utf8', BIT.connack | BIT.disconnect),
  describe(0x1f, 'reasonString', 'utf8', ANSWERS),
  describe(0x21, 'receiveMaximum', 'u16', OPENING, 1),
  describe(0x22, 'topicAliasMaximum', 'u16', OPENING),
  describe(0x23, 'topicAlias', 'u16', BIT.publish, 1),
  describe(0x24, 'maximumQoS', 'byte', BIT.connack),
  describe(0x25, 'retainAvailable', 'boolean', BIT.connack),
  describe(0x26, 'userProperties', 'pair', EVERYTHING),
  describe(0x27, 'maximumPacketSize', 'u32', OPENING, 1),
  describe(0x28, 'wildcardSubscriptionAvailable', 'boolean', BIT.connack),
  describe(0x29, 'subscriptionIdentifiersAvailable', 'boolean', BIT.connack),
  describe(0x2a, 'sharedSubscriptionAvailable', 'boolean', BIT.connack),
];

/** The property at its identifier; undefined where there is none. */
export const PROPERTY_BY_IDENTIFIER: readonly (PropertyDescription | undefined)[] = Array.from(
  { length: 0x2b },
  (_, id) => PROPERTIES.find((property) => property.identifier === id),
);

/** For names that come from callers: a Map has no inherited keys. */
export const PROPERTY_BY_NAME: ReadonlyMap<string, PropertyDescription> = new Map(
  PROPERTIES.map((property) => [property.name, property]),
);
