/**
 * Messages that do not come in a PUBLISH: a Will Message, or what the embedding program publishes. They are written as a
 * PUBLISH and read back, so that they are judged and kept exactly like any other.
 */
import { Writer } from '../../bytes/writer.ts';
import type { Will } from '../../mqtt/packets/connect.ts';
import { readPacket, writePacket } from '../../mqtt/packets/packet.ts';
import type { PublishInput, PublishPacket } from '../../mqtt/packets/publish.ts';
import { readPublishView } from '../../mqtt/publish-properties.ts';
import { PublishView } from '../../mqtt/publish-view.ts';
import type { ProtocolVersion, WireFormat } from '../../mqtt/wire-format.ts';
import type { Exchange } from '../exchange.ts';
import type { StoredDelivery } from '../store/store.ts';
import type { KeptMessage } from './kept-message.ts';
import { PublishForm, writePublish } from './publish-encoder.ts';

const FORMAT: WireFormat = { protocolVersion: 5, packetIdentifierSize: 2 };
const OLD_FORMAT: WireFormat = { protocolVersion: 4, packetIdentifierSize: 2 };

/** Throws UsageError when the input is not a publishable message. `publisher` is a client identifier; empty: the broker. */
export function createMessage(exchange: Exchange, input: PublishInput, publisher: string): KeptMessage {
  const packetIdentifier = (input.qos ?? 0) > 0 ? 1 : 0;
  const bytes = writePacket({ ...input, packetIdentifier, duplicate: false }, FORMAT);
  const view = new PublishView();
  readPublishView(view, bytes, 0, bodyStartOf(bytes), bytes.length, FORMAT, exchange.names);
  const publication = exchange.createPublication();
  publication.loadView(view, publisher, exchange.now());
  return publication.keep();
}

/** Its expiry counts from its publication, not from the CONNECT that brought it (§3.1.3.2.4). */
export function createWillMessage(exchange: Exchange, will: Will, publisher: string): KeptMessage {
  const { topicName, payload, qos, retain } = will;
  const { willDelayInterval: _delay, messageExpiryInterval: _expiry, ...properties } = will.properties;
  return createMessage(exchange, { type: 'publish', topicName, payload, qos, retain, properties }, publisher); // [MQTT-3.1.2-14] [MQTT-3.1.2-15] [MQTT-3.1.2-16@3.1.1] [MQTT-3.1.2-17@3.1.1]
}

/** The PUBLISH that is sent again for a delivery in flight, with what is left of its expiry; before 5.0 without properties. */
export function storedPublish(
  exchange: Exchange,
  delivery: StoredDelivery,
  protocolVersion: ProtocolVersion,
): PublishInput {
  const format = protocolVersion === 5 ? FORMAT : OLD_FORMAT;
  const form = new PublishForm();
  form.protocolVersion = format.protocolVersion;
  form.qos = delivery.qos;
  form.retain = delivery.retain;
  form.packetIdentifier = 1;
  form.subscriptionIdentifiers = delivery.subscriptionIdentifiers;
  const publication = exchange.createPublication();
  publication.loadMessage(delivery.message);
  const writer = new Writer();
  writePublish(writer, publication, form, exchange.lastNow);
  const packet = readPacket(writer.bytes, 0, writer.length, format) as PublishPacket;
  return { ...packet, packetIdentifier: undefined };
}

function bodyStartOf(bytes: Uint8Array): number {
  let at = 1;
  while (bytes[at]! > 0x7f) at++;
  return at + 1;
}
