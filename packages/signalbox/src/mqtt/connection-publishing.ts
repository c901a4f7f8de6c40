// What it takes to publish, as a part of a half: PUBLISH and PUBREL go out, their acknowledgements come in, and what is not
// settled is sent again. The same on both sides. §3.3, §4.3, §4.4

import type { HalfPart } from './connection-half.ts';
import { resendDeadline, resume, sendHeld, sendPublish } from './connection-outgoing.ts';
import { receiveSettlement, receiveSettlementPacket, sendPubrel } from './connection-settlement.ts';
import { readPuback } from './packets/puback.ts';
import { readPubcomp } from './packets/pubcomp.ts';
import { PUBLISH } from './packets/publish.ts';
import { readPubrec } from './packets/pubrec.ts';
import { PUBREL } from './packets/pubrel.ts';

export const PUBLISHING = {
  incoming: {
    puback: { read: readPuback, receive: receiveSettlementPacket },
    pubrec: { read: readPubrec, receive: receiveSettlementPacket },
    pubcomp: { read: readPubcomp, receive: receiveSettlementPacket },
  },
  outgoing: {
    publish: { form: PUBLISH, send: sendPublish },
    pubrel: { form: PUBREL, send: sendPubrel },
  },
  publishing: { resume, sendHeld, resendDeadline, receiveSettlement },
} as const satisfies HalfPart;
