// PUBREC (§3.5): the first answer to a PUBLISH of QoS 2. Its body is in acknowledgement.ts.

import { type Acknowledgement, type AcknowledgementInput, acknowledgementForm } from './acknowledgement.ts';
import type { PacketForm } from './packet-form.ts';

export interface PubrecPacket extends Acknowledgement<'pubrec'> {}
export interface PubrecInput extends AcknowledgementInput<'pubrec'> {}

export const PUBREC: PacketForm<PubrecPacket, PubrecInput> = acknowledgementForm('pubrec');
