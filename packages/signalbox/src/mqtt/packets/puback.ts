// PUBACK (§3.4): answers a PUBLISH of QoS 1. Its body is in acknowledgement.ts.

import { type Acknowledgement, type AcknowledgementInput, acknowledgementForm } from './acknowledgement.ts';
import type { PacketForm } from './packet-form.ts';

export interface PubackPacket extends Acknowledgement<'puback'> {}
export interface PubackInput extends AcknowledgementInput<'puback'> {}

export const PUBACK: PacketForm<PubackPacket, PubackInput> = acknowledgementForm('puback');
