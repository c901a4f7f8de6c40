// PUBCOMP (§3.7): answers a PUBREL and ends the exchange of QoS 2. Its body is in acknowledgement.ts.

import {
  type Acknowledgement,
  type AcknowledgementInput,
  acknowledgementForm,
  acknowledgementReader,
} from './acknowledgement.ts';
import type { ReadBody, WritingForm } from './packet-form.ts';

export interface PubcompPacket extends Acknowledgement<'pubcomp'> {}
export interface PubcompInput extends AcknowledgementInput<'pubcomp'> {}

export const readPubcomp: ReadBody<PubcompPacket> = /* @__PURE__ */ acknowledgementReader('pubcomp');
export const PUBCOMP: WritingForm<PubcompInput> = /* @__PURE__ */ acknowledgementForm('pubcomp', 0x70);
