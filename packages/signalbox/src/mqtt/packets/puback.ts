// PUBACK (§3.4): answers a PUBLISH of QoS 1. Its body is in acknowledgement.ts.

import {
  type Acknowledgement,
  type AcknowledgementInput,
  acknowledgementForm,
  acknowledgementReader,
} from './acknowledgement.ts';
import type { ReadBody, WritingForm } from './packet-form.ts';

export interface PubackPacket extends Acknowledgement<'puback'> {}
export interface PubackInput extends AcknowledgementInput<'puback'> {}

export const readPuback: ReadBody<PubackPacket> = /* @__PURE__ */ acknowledgementReader('puback');
export const PUBACK: WritingForm<PubackInput> = /* @__PURE__ */ acknowledgementForm('puback', 0x40);
