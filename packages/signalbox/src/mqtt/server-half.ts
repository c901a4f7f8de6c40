// The server's half of the protocol as a table: what a server receives and sends, how it is read and written, and what is
// done with it. Nothing of the client's is imported from here on. §3

import { sendAcknowledgement } from './connection-acknowledge.ts';
import { ALIASES } from './connection-aliases.ts';
import { AUTHENTICATION } from './connection-authentication.ts';
import { disconnected, disconnectNow } from './connection-closing.ts';
import type { ConnectionCore } from './connection-core.ts';
import { type Half, withParts } from './connection-half.ts';
import { receivePubrelPacket } from './connection-incoming.ts';
import { PUBLISHING } from './connection-publishing.ts';
import { sendPlain } from './connection-send.ts';
import { type ConnectionState, FROM_SERVER, SERVER_RECEIVES } from './connection-states.ts';
import { receiveSubscribe, receiveUnsubscribe, sendAnswer } from './connection-subscriptions.ts';
import { UsageError } from './errors.ts';
import { CONNACK } from './packets/connack.ts';
import { DISCONNECT, type DisconnectInput, type DisconnectPacket, readDisconnect } from './packets/disconnect.ts';
import { PINGRESP, type PingreqPacket, readPingreq } from './packets/ping.ts';
import { PUBACK } from './packets/puback.ts';
import { PUBCOMP } from './packets/pubcomp.ts';
import { PUBREC } from './packets/pubrec.ts';
import { readPubrel } from './packets/pubrel.ts';
import { readConnect } from './packets/read-connect.ts';
import { SUBACK } from './packets/suback.ts';
import { readSubscribe } from './packets/subscribe.ts';
import { UNSUBACK } from './packets/unsuback.ts';
import { readUnsubscribe } from './packets/unsubscribe.ts';
import { scanPublishProperties } from './publish-properties.ts';
import { intercept } from './server-early.ts';
import { prepareRefusal, receiveConnect, refuse, sendConnack } from './server-handshake.ts';

const BARE_HALF: Half = {
  side: 'server',
  receives: SERVER_RECEIVES,
  sends: FROM_SERVER,
  incoming: {
    connect: { read: readConnect, receive: receiveConnect },
    pubrel: { read: readPubrel, receive: receivePubrelPacket },
    subscribe: { read: readSubscribe, receive: receiveSubscribe },
    unsubscribe: { read: readUnsubscribe, receive: receiveUnsubscribe },
    pingreq: { read: readPingreq, receive: receivePingreq },
    disconnect: { read: readDisconnect, receive: receiveDisconnect },
  },
  outgoing: {
    connack: { form: CONNACK, send: sendConnack },
    puback: { form: PUBACK, send: sendAcknowledgement },
    pubrec: { form: PUBREC, send: sendAcknowledgement },
    pubcomp: { form: PUBCOMP, send: sendAcknowledgement },
    suback: { form: SUBACK, send: sendAnswer },
    unsuback: { form: UNSUBACK, send: sendAnswer },
    pingresp: { form: PINGRESP, send: sendPlain },
    disconnect: { form: DISCONNECT, send: sendDisconnect },
  },
  scanProperties: scanPublishProperties,
  intercept,
  onUnreadable: prepareRefusal,
  refuse,
};

export const SERVER_HALF: Half = /* @__PURE__ */ withParts(BARE_HALF, PUBLISHING, ALIASES, AUTHENTICATION);

function receivePingreq<S>(core: ConnectionCore<S>, pingreq: PingreqPacket): void {
  if (core.options.automaticPingResponse !== false) core.transmitBytes(0xd0, 0); // [MQTT-3.12.4-1] [MQTT-3.12.4-1@3.1.1]
  core.sink!.packet(pingreq);
}

function sendDisconnect<S>(core: ConnectionCore<S>, disconnect: DisconnectInput, next: ConnectionState): number {
  if (core.format.protocolVersion !== 5)
    throw new UsageError('NOT_ALLOWED', 'a server sends no DISCONNECT before MQTT 5.0');
  if (disconnect.properties?.sessionExpiryInterval !== undefined)
    throw new UsageError('INVALID_PROPERTY', 'a server sends no sessionExpiryInterval'); // [MQTT-3.14.2-2]
  return disconnectNow(core, disconnect, next);
}

function receiveDisconnect<S>(core: ConnectionCore<S>, disconnect: DisconnectPacket): void {
  const { sessionExpiryInterval } = disconnect.properties;
  if (sessionExpiryInterval !== undefined) {
    if (core.sessionExpiryInterval === 0 && sessionExpiryInterval !== 0) {
      core.failProtocol('a session that was to end cannot be made to last'); // §3.14.2.2.2
      return;
    }
    core.sessionExpiryInterval = sessionExpiryInterval;
  }
  disconnected(core, disconnect);
}
