// A client's half of the protocol as a table, as far as it connects, subscribes and receives: what comes and goes, how it is
// read and written, and what is done with it. What it takes to publish and to authenticate are parts of their own; the whole is
// in client-half.ts. Nothing of the server's is imported from here on. §3

import { receiveConnack, sendConnect } from './client-handshake.ts';
import { sendAcknowledgement } from './connection-acknowledge.ts';
import { disconnected, disconnectNow } from './connection-closing.ts';
import type { ConnectionCore } from './connection-core.ts';
import type { Half } from './connection-half.ts';
import { receivePubrelPacket } from './connection-incoming.ts';
import { CLIENT_SENDS, type ConnectionState, FROM_SERVER } from './connection-states.ts';
import { receiveAnswer, sendRequest } from './connection-subscriptions.ts';
import { writeChecked } from './connection-write.ts';
import { UsageError } from './errors.ts';
import { readConnack } from './packets/connack.ts';
import { DISCONNECT, type DisconnectInput, type DisconnectPacket, readDisconnect } from './packets/disconnect.ts';
import { PINGREQ, type PingreqPacket, type PingrespPacket, readPingresp } from './packets/ping.ts';
import { PUBACK } from './packets/puback.ts';
import { PUBCOMP } from './packets/pubcomp.ts';
import { PUBREC } from './packets/pubrec.ts';
import { readPubrel } from './packets/pubrel.ts';
import { readSuback } from './packets/suback.ts';
import { SUBSCRIBE } from './packets/subscribe.ts';
import { readUnsuback } from './packets/unsuback.ts';
import { UNSUBSCRIBE } from './packets/unsubscribe.ts';
import { CONNECT } from './packets/write-connect.ts';
import { readViewProperties } from './publish-view.ts';

export const LISTENING_HALF: Half = {
  side: 'client',
  receives: FROM_SERVER,
  sends: CLIENT_SENDS,
  incoming: {
    connack: { read: readConnack, receive: receiveConnack },
    pubrel: { read: readPubrel, receive: receivePubrelPacket },
    suback: { read: readSuback, receive: receiveAnswer },
    unsuback: { read: readUnsuback, receive: receiveAnswer },
    pingresp: { read: readPingresp, receive: receivePingresp },
    disconnect: { read: readDisconnect, receive: receiveDisconnect },
  },
  outgoing: {
    connect: { form: CONNECT, send: sendConnect },
    puback: { form: PUBACK, send: sendAcknowledgement },
    pubrec: { form: PUBREC, send: sendAcknowledgement },
    pubcomp: { form: PUBCOMP, send: sendAcknowledgement },
    subscribe: { form: SUBSCRIBE, send: sendRequest },
    unsubscribe: { form: UNSUBSCRIBE, send: sendRequest },
    pingreq: { form: PINGREQ, send: sendPingreq },
    disconnect: { form: DISCONNECT, send: sendDisconnect },
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
