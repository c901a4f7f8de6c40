// PUBREC (§3.5): the first answer to a PUBLISH of QoS 2. Its body is in acknowledgement.ts.

import {
  type Acknowledgement,
  type AcknowledgementInput,
  acknowledgementForm,
  acknowledgementReader,
} from './acknowledgement.ts';
import type { ReadBody, WritingForm } from './packet-form.ts';

export interface PubrecPacket extends Acknowledgement<'pubrec'> {}
export interface PubrecInput extends AcknowledgementInput<'pubrec'> {}

export const readPubrec: ReadBody<PubrecPacket> = /* @__PURE__ */ acknowledgementReader('pubrec');
export const PUBREC: WritingForm<PubrecInput> = /* @__PURE__ */ acknowledgementForm('pubrec', 0x50);
