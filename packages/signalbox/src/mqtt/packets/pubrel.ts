// PUBREL (§3.6): answers a PUBREC. Its body is in acknowledgement.ts.

import {
  type Acknowledgement,
  type AcknowledgementInput,
  acknowledgementForm,
  acknowledgementReader,
} from './acknowledgement.ts';
import type { ReadBody, WritingForm } from './packet-form.ts';

export interface PubrelPacket extends Acknowledgement<'pubrel'> {}
export interface PubrelInput extends AcknowledgementInput<'pubrel'> {}

export const readPubrel: ReadBody<PubrelPacket> = /* @__PURE__ */ acknowledgementReader('pubrel');
export const PUBREL: WritingForm<PubrelInput> = /* @__PURE__ */ acknowledgementForm('pubrel', 0x62);
