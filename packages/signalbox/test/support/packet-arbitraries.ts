// Arbitrary packets for property tests: of all types, in all versions and with both sizes of Packet Identifiers. They are
// as the codec reads them (every field there, properties as they come off the wire), so that read(write(p)) equals p.

import fc from 'fast-check';
import type { Packet, PacketType } from '../../src/mqtt/packets/packet.ts';
import { PacketTypeNumber, packetTypeBit } from '../../src/mqtt/packets/packet-types.ts';
import type { Properties } from '../../src/mqtt/properties.ts';
import { PROPERTIES, type PropertyDescription, SUBSCRIBE_BIT, WILL_BIT } from '../../src/mqtt/property-table.ts';
import { REASON_CODES, type ReasonedPacketType } from '../../src/mqtt/reason-code-table.ts';
import type { ProtocolVersion, QoS, WireFormat } from '../../src/mqtt/wire-format.ts';

function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

/** Versions and identifier sizes, all six. */
export const FORMATS: readonly WireFormat[] = ([3, 4, 5] as const).flatMap((protocolVersion) =>
  ([2, 4] as const).map((packetIdentifierSize) => ({ protocolVersion, packetIdentifierSize })),
);

/** Any text a UTF-8 Encoded String may hold: every plane, no lone surrogate, no U+0000. */
export const text: fc.Arbitrary<string> = fc
  .oneof(fc.string({ maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 12 }))
  .map((value) => value.replaceAll('\0', '\ufeff'));

export const bytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 200 });

const level = fc
  .oneof(fc.constantFrom('', 'a', 'b', '$SYS', 'sensor'), text)
  .map((name) => name.replace(/[+#/]/g, ' '));

/** A valid Topic Name; short levels repeat often, so that filters match. */
export const topicName: fc.Arbitrary<string> = fc
  .array(level, { minLength: 1, maxLength: 5 })
  .map((levels) => levels.join('/'))
  .map((name) => (name === '' ? '/' : name));

const plainTopicFilter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([levels, isMultiLevel]) => (isMultiLevel ? [...levels, '#'] : levels).join('/'))
  .map((filter) => (filter === '' ? '#' : filter))
  .filter((filter) => !filter.startsWith('$share/'));

/** A valid Topic Filter, every tenth of a shared subscription. */
export const topicFilter: fc.Arbitrary<string> = fc.oneof(
  { weight: 9, arbitrary: plainTopicFilter },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('group', 'é', '$share'), plainTopicFilter)
      .map(([shareName, filter]) => `$share/${shareName}/${filter}`),
  },
);

export const qos: fc.Arbitrary<QoS> = fc.constantFrom<QoS>(0, 1, 2);

export function packetIdentifier(format: WireFormat): fc.Arbitrary<number> {
  return fc.integer({ min: 1, max: format.packetIdentifierSize === 2 ? 0xffff : 0xffff_ffff });
}

function propertyValue(property: PropertyDescription, carrier: number): fc.Arbitrary<unknown> {
  switch (property.wireType) {
    case 'boolean':
      return fc.boolean();
    case 'utf8':
      return property.isTopicName ? topicName : text;
    case 'binary':
      return bytes;
    case 'pair':
      return fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 });
    case 'varint': {
      const value = fc.integer({ min: property.minimum, max: property.maximum });
      return fc.array(value, { minLength: 1, maxLength: carrier === SUBSCRIBE_BIT ? 1 : 4 });
    }
    default:
      return fc.integer({ min: property.minimum, max: property.maximum });
  }
}

/** Properties the packet type of this bit may carry, in any order; none before 5.0. */
export function properties(carrier: number, protocolVersion: ProtocolVersion): fc.Arbitrary<Properties> {
  if (protocolVersion < 5) return fc.constant({});
  const model: Record<string, fc.Arbitrary<unknown>> = {};
  for (const property of PROPERTIES) {
    if ((property.carriers & carrier) !== 0) model[property.name] = propertyValue(property, carrier);
  }
  return fc
    .tuple(fc.record(model, { requiredKeys: [], noNullPrototype: true }), fc.boolean())
    .map(([record, isReversed]) => inOrder(record, isReversed))
    .map((record: Properties) => {
      if (record.authenticationMethod !== undefined) return record;
      const { authenticationData: _, ...rest } = record; // data needs a method
      return rest;
    });
}

function inOrder(record: Record<string, unknown>, isReversed: boolean): Properties {
  return isReversed ? Object.fromEntries(Object.entries(record).reverse()) : record;
}

function carrierOf(type: PacketType): number {
  return packetTypeBit(PacketTypeNumber[type]);
}

function reasonCode(type: ReasonedPacketType, format: WireFormat): fc.Arbitrary<number> {
  if (format.protocolVersion === 5) return fc.constantFrom(...REASON_CODES[type]);
  if (type === 'connack') return fc.integer({ min: 0, max: 5 });
  if (type === 'suback') return fc.constantFrom(...(format.protocolVersion === 4 ? [0, 1, 2, 0x80] : [0, 1, 2]));
  return fc.constant(0);
}

function connect({ protocolVersion }: WireFormat): fc.Arbitrary<Packet> {
  const will = record({
    topicName,
    payload: bytes,
    qos,
    retain: fc.boolean(),
    properties: properties(WILL_BIT, protocolVersion),
  });
  const packet = record({
    type: fc.constant('connect' as const),
    protocolVersion: fc.constant(protocolVersion),
    bridge: protocolVersion === 5 ? fc.constant(false) : fc.boolean(),
    clientId: text,
    cleanStart: fc.boolean(),
    keepAlive: fc.integer({ min: 0, max: 0xffff }),
    username: fc.option(text, { nil: undefined }),
    password: fc.option(bytes, { nil: undefined }),
    will: fc.option(will, { nil: undefined }),
    properties: properties(carrierOf('connect'), protocolVersion),
  });
  return packet.map((connectPacket) => {
    if (protocolVersion === 5) return connectPacket;
    const { clientId, username, password } = connectPacket;
    const needsName = clientId === '' && (protocolVersion === 3 || !connectPacket.cleanStart);
    return {
      ...connectPacket,
      clientId: needsName ? 'client' : clientId,
      password: username === undefined ? undefined : password,
    };
  });
}

function connack(format: WireFormat): fc.Arbitrary<Packet> {
  return record({
    type: fc.constant('connack' as const),
    sessionPresent: format.protocolVersion === 3 ? fc.constant(false) : fc.boolean(),
    reasonCode: reasonCode('connack', format),
    properties: properties(carrierOf('connack'), format.protocolVersion),
  }).map((packet) => ({ ...packet, sessionPresent: packet.sessionPresent && packet.reasonCode === 0 }));
}

function publish(format: WireFormat): fc.Arbitrary<Packet> {
  return record({
    type: fc.constant('publish' as const),
    topicName,
    payload: bytes,
    qos,
    retain: fc.boolean(),
    duplicate: fc.boolean(),
    packetIdentifier: packetIdentifier(format),
    properties: properties(carrierOf('publish'), format.protocolVersion),
  }).chain((packet) => {
    const isReliable = packet.qos > 0;
    const name = packet.properties.topicAlias === undefined ? fc.constant(packet.topicName) : fc.constantFrom('', 'a');
    return name.map((chosen) => ({
      ...packet,
      topicName: chosen,
      duplicate: isReliable && packet.duplicate,
      packetIdentifier: isReliable ? packet.packetIdentifier : 0,
    }));
  });
}

function acknowledgement(type: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp', format: WireFormat): fc.Arbitrary<Packet> {
  return record({
    type: fc.constant(type),
    packetIdentifier: packetIdentifier(format),
    reasonCode: reasonCode(type, format),
    properties: properties(carrierOf(type), format.protocolVersion),
  });
}

function subscribe(format: WireFormat): fc.Arbitrary<Packet> {
  const isNew = format.protocolVersion === 5;
  const subscription = record({
    topicFilter,
    qos,
    noLocal: isNew ? fc.boolean() : fc.constant(false),
    retainAsPublished: isNew ? fc.boolean() : fc.constant(false),
    retainHandling: isNew ? fc.constantFrom<0 | 1 | 2>(0, 1, 2) : fc.constant<0>(0),
  }).map((request) => ({ ...request, noLocal: request.noLocal && !request.topicFilter.startsWith('$share/') }));
  return record({
    type: fc.constant('subscribe' as const),
    packetIdentifier: packetIdentifier(format),
    subscriptions: fc.array(subscription, { minLength: 1, maxLength: 6 }),
    properties: properties(carrierOf('subscribe'), format.protocolVersion),
  });
}

function listOfCodes(type: 'suback' | 'unsuback', format: WireFormat): fc.Arbitrary<Packet> {
  const isEmpty = type === 'unsuback' && format.protocolVersion < 5;
  return record({
    type: fc.constant(type),
    packetIdentifier: packetIdentifier(format),
    reasonCodes: isEmpty ? fc.constant([]) : fc.array(reasonCode(type, format), { minLength: 1, maxLength: 6 }),
    properties: properties(carrierOf(type), format.protocolVersion),
  });
}

function unsubscribe(format: WireFormat): fc.Arbitrary<Packet> {
  return record({
    type: fc.constant('unsubscribe' as const),
    packetIdentifier: packetIdentifier(format),
    topicFilters: fc.array(topicFilter, { minLength: 1, maxLength: 6 }),
    properties: properties(carrierOf('unsubscribe'), format.protocolVersion),
  });
}

function disconnect(format: WireFormat): fc.Arbitrary<Packet> {
  return record({
    type: fc.constant('disconnect' as const),
    reasonCode: reasonCode('disconnect', format),
    properties: properties(carrierOf('disconnect'), format.protocolVersion),
  });
}

function auth(format: WireFormat): fc.Arbitrary<Packet> {
  return record({
    type: fc.constant('auth' as const),
    reasonCode: reasonCode('auth', format),
    properties: properties(carrierOf('auth'), format.protocolVersion),
    authenticationMethod: text,
  }).map(({ authenticationMethod, ...packet }) => {
    const isBare = packet.reasonCode === 0 && Object.keys(packet.properties).length === 0;
    return isBare ? packet : { ...packet, properties: { authenticationMethod, ...packet.properties } };
  });
}

/** One arbitrary per packet type that exists in this version. */
export function packetsByType(format: WireFormat): ReadonlyMap<PacketType, fc.Arbitrary<Packet>> {
  const arbitraries = new Map<PacketType, fc.Arbitrary<Packet>>([
    ['connect', connect(format)],
    ['connack', connack(format)],
    ['publish', publish(format)],
    ['puback', acknowledgement('puback', format)],
    ['pubrec', acknowledgement('pubrec', format)],
    ['pubrel', acknowledgement('pubrel', format)],
    ['pubcomp', acknowledgement('pubcomp', format)],
    ['subscribe', subscribe(format)],
    ['suback', listOfCodes('suback', format)],
    ['unsubscribe', unsubscribe(format)],
    ['unsuback', listOfCodes('unsuback', format)],
    ['pingreq', fc.constant({ type: 'pingreq' } as const)],
    ['pingresp', fc.constant({ type: 'pingresp' } as const)],
    ['disconnect', disconnect(format)],
  ]);
  if (format.protocolVersion === 5) arbitraries.set('auth', auth(format));
  return arbitraries;
}

/** Any packet of this version. */
export function anyPacket(format: WireFormat): fc.Arbitrary<Packet> {
  return fc.oneof(...packetsByType(format).values());
}
