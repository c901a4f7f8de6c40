// AUTH in both directions and both roles. The rules are in enhanced-authentication.ts. §3.15, §4.12

import type { ConnectionCore } from './connection-core.ts';
import type { HalfPart } from './connection-half.ts';
import { writeChecked } from './connection-write.ts';
import { EnhancedAuthentication } from './enhanced-authentication.ts';
import { UsageError } from './errors.ts';
import { AUTH, type AuthInput, type AuthPacket, readAuth } from './packets/auth.ts';

export const AUTHENTICATION = {
  incoming: { auth: { read: readAuth, receive: receiveAuth } },
  outgoing: { auth: { form: AUTH, send: sendAuth } },
  beginAuthentication(core, method) {
    core.authentication = new EnhancedAuthentication(method);
  },
} as const satisfies HalfPart;

function sendAuth<S>(core: ConnectionCore<S>, auth: AuthInput): number {
  const { authentication } = core;
  if (authentication === undefined) throw new UsageError('NOT_ALLOWED', 'CONNECT named no Authentication Method'); // [MQTT-4.12.0-6] [MQTT-4.12.0-7]
  const reasonCode = auth.reasonCode ?? 0;
  const violation = authentication.violationOf(core.sending.side, reasonCode, auth.properties?.authenticationMethod);
  if (violation !== undefined) throw new UsageError('NOT_ALLOWED', violation.message);
  const start = writeChecked(core, auth);
  authentication.follow(reasonCode);
  core.transmit(start);
  return 0;
}

function receiveAuth<S>(core: ConnectionCore<S>, auth: AuthPacket): void {
  const from = core.receiving.side === 'client' ? 'server' : 'client';
  const { authentication } = core;
  if (authentication === undefined) {
    core.failProtocol(
      'AUTH without an Authentication Method in CONNECT',
      from === 'server' ? 'MQTT-4.12.0-6' : 'MQTT-4.12.0-7',
    ); // [MQTT-4.12.0-6] [MQTT-4.12.0-7]
    return;
  }
  const violation = authentication.violationOf(from, auth.reasonCode, auth.properties.authenticationMethod);
  if (violation !== undefined) {
    core.failProtocol(violation.message, violation.statement);
    return;
  }
  authentication.follow(auth.reasonCode);
  core.sink!.packet(auth);
}
