// PUBCOMP (§3.7): answers a PUBREL and ends the exchange of QoS 2. Its body is in acknowledgement.ts.

import { type Acknowledgement, type AcknowledgementInput, acknowledgementForm } from './acknowledgement.ts';
import type { PacketForm } from './packet-form.ts';

export interface PubcompPacket extends Acknowledgement<'pubcomp'> {}
export interface PubcompInput extends AcknowledgementInput<'pubcomp'> {}

export const PUBCOMP: PacketForm<PubcompPacket, PubcompInput> = acknowledgementForm('pubcomp');
