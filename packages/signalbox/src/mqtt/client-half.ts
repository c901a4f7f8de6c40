// The client's half of the protocol as a table: what a client receives and sends, how it is read and written, and what is
// done with it. Nothing of the server's is imported from here on. §3

import { receiveConnack, sendConnect } from './client-handshake.ts';
import { sendAcknowledgement } from './connection-acknowledge.ts';
import { receiveAuth, sendAuth } from './connection-authentication.ts';
import { disconnected, disconnectNow } from './connection-closing.ts';
import type { ConnectionCore } from './connection-core.ts';
import type { Half } from './connection-half.ts';
import { receivePubrelPacket } from './connection-incoming.ts';
import { sendPublish } from './connection-outgoing.ts';
import { receiveSettlementPacket, sendPubrel } from './connection-settlement.ts';
import { CLIENT_SENDS, type ConnectionState, FROM_SERVER } from './connection-states.ts';
import { receiveAnswer, sendRequest } from './connection-subscriptions.ts';
import { writeChecked } from './connection-write.ts';
import { UsageError } from './errors.ts';
import { AUTH, readAuth } from './packets/auth.ts';
import { readConnack } from './packets/connack.ts';
import { DISCONNECT, type DisconnectInput, type DisconnectPacket, readDisconnect } from './packets/disconnect.ts';
import { PINGREQ, type PingreqPacket, type PingrespPacket, readPingresp } from './packets/ping.ts';
import { PUBACK, readPuback } from './packets/puback.ts';
import { PUBCOMP, readPubcomp } from './packets/pubcomp.ts';
import { PUBLISH } from './packets/publish.ts';
import { PUBREC, readPubrec } from './packets/pubrec.ts';
import { PUBREL, readPubrel } from './packets/pubrel.ts';
import { readSuback } from './packets/suback.ts';
import { SUBSCRIBE } from './packets/subscribe.ts';
import { readUnsuback } from './packets/unsuback.ts';
import { UNSUBSCRIBE } from './packets/unsubscribe.ts';
import { CONNECT } from './packets/write-connect.ts';
import { readViewProperties } from './publish-view.ts';

export const CLIENT_HALF: Half = {
  side: 'client',
  receives: FROM_SERVER,
  sends: CLIENT_SENDS,
  incoming: {
    connack: { read: readConnack, receive: receiveConnack },
    puback: { read: readPuback, receive: receiveSettlementPacket },
    pubrec: { read: readPubrec, receive: receiveSettlementPacket },
    pubrel: { read: readPubrel, receive: receivePubrelPacket },
    pubcomp: { read: readPubcomp, receive: receiveSettlementPacket },
    suback: { read: readSuback, receive: receiveAnswer },
    unsuback: { read: readUnsuback, receive: receiveAnswer },
    pingresp: { read: readPingresp, receive: receivePingresp },
    disconnect: { read: readDisconnect, receive: receiveDisconnect },
    auth: { read: readAuth, receive: receiveAuth },
  },
  outgoing: {
    connect: { form: CONNECT, send: sendConnect },
    publish: { form: PUBLISH, send: sendPublish },
    puback: { form: PUBACK, send: sendAcknowledgement },
    pubrec: { form: PUBREC, send: sendAcknowledgement },
    pubrel: { form: PUBREL, send: sendPubrel },
    pubcomp: { form: PUBCOMP, send: sendAcknowledgement },
    subscribe: { form: SUBSCRIBE, send: sendRequest },
    unsubscribe: { form: UNSUBSCRIBE, send: sendRequest },
    pingreq: { form: PINGREQ, send: sendPingreq },
    disconnect: { form: DISCONNECT, send: sendDisconnect },
    auth: { form: AUTH, send: sendAuth },
  },
  scanProperties: readViewProperties,
};

function sendPingreq<S>(core: ConnectionCore<S>, pingreq: PingreqPacket): number {
  const start = writeChecked(core, pingreq);
  core.keepAlive.pingSent(core.now);
  core.transmit(start);
  return 0;
}

function receivePingresp<S>(core: ConnectionCore<S>, pingresp: PingrespPacket): void {
  core.keepAlive.pingAnswered();
  core.sink!.packet(pingresp);
}

function sendDisconnect<S>(core: ConnectionCore<S>, disconnect: DisconnectInput, next: ConnectionState): number {
  if (core.sessionExpiryInterval === 0 && (disconnect.properties?.sessionExpiryInterval ?? 0) !== 0) {
    throw new UsageError('INVALID_PROPERTY', 'a session that was to end cannot be made to last'); // §3.14.2.2.2
  }
  return disconnectNow(core, disconnect, next);
}

function receiveDisconnect<S>(core: ConnectionCore<S>, disconnect: DisconnectPacket): void {
  if (core.format.protocolVersion !== 5) core.failProtocol('a server sends no DISCONNECT before MQTT 5.0');
  else if (disconnect.properties.sessionExpiryInterval === undefined) disconnected(core, disconnect);
  else core.failProtocol('a server sends no Session Expiry Interval in DISCONNECT', 'MQTT-3.14.2-2'); // [MQTT-3.14.2-2]
}
