// PUBREL (§3.6): answers a PUBREC. Its body is in acknowledgement.ts.

import { type Acknowledgement, type AcknowledgementInput, acknowledgementForm } from './acknowledgement.ts';
import type { PacketForm } from './packet-form.ts';

export interface PubrelPacket extends Acknowledgement<'pubrel'> {}
export interface PubrelInput extends AcknowledgementInput<'pubrel'> {}

export const PUBREL: PacketForm<PubrelPacket, PubrelInput> = acknowledgementForm('pubrel');
