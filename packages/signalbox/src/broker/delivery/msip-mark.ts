/**
 * What MSIP says about a message beyond topic and payload: its kind, its urgency, and the number its publisher gave it. On
 * messages that are kept, and for subscribers who speak MQTT 5.0, these are User Properties. docs/msip.md
 */
import { readUtf8, utf8Length, writeUtf8 } from '../../bytes/utf8.ts';
import { readVariableByteInteger } from '../../bytes/variable-byte-integer.ts';
import { highOf, joinMsgId, LARGEST_MSG_ID, lowOf, MsgKind } from '../../msip/header.ts';

const KIND_NAMES = ['', 'event', 'command', 'state', 'log', 'metric'];
const KIND = 'msip-kind';
const URGENT = 'msip-urgent';
const ID = 'msip-id';

const NO_BYTES = new Uint8Array(0);
const PAYLOAD_FORMAT_INDICATOR = 0x01;
const USER_PROPERTY = 0x26;

/** One object is loaded again and again. */
export class MsipMark {
  msgKind: number = MsgKind.Event;
  isUrgent = false;
  /** The two halves of msg_id. */
  idHigh = 0;
  idLow = 0;
  /** The publisher gave the message a number. */
  hasId = false;

  clear(): void {
    this.msgKind = MsgKind.Event;
    this.isUrgent = false;
    this.idHigh = 0;
    this.idLow = 0;
    this.hasId = false;
  }

  /** Reads what the User Properties say; what makes no sense is left alone, as anybody may have written it. [MSIP-11-4] */
  read(properties: Uint8Array): void {
    this.clear();
    for (const [name, value] of userPropertiesOf(properties)) {
      if (name === KIND) this.msgKind = Math.max(KIND_NAMES.indexOf(value), MsgKind.Event);
      else if (name === URGENT) this.isUrgent = value === '1';
      else if (name === ID && /^\d{1,20}$/.test(value)) this.#readId(BigInt(value));
    }
  }

  /** As User Properties, in wire form. [MSIP-11-2] */
  write(): Uint8Array {
    const pairs: [string, string][] = [];
    if (this.msgKind !== MsgKind.Event) pairs.push([KIND, KIND_NAMES[this.msgKind]!]);
    if (this.isUrgent) pairs.push([URGENT, '1']);
    if (this.hasId) pairs.push([ID, String(joinMsgId(this.idHigh, this.idLow))]);
    return pairs.length === 0 ? NO_BYTES : writeUserProperties(pairs);
  }

  #readId(id: bigint): void {
    if (id > LARGEST_MSG_ID) return;
    this.idHigh = highOf(id);
    this.idLow = lowOf(id);
    this.hasId = true;
  }
}

/** Whether the publisher of a message with these properties wanted it to overtake others. */
export function isUrgent(properties: Uint8Array): boolean {
  MARK.read(properties);
  return MARK.isUrgent;
}

const MARK = new MsipMark();

function writeUserProperties(pairs: readonly (readonly [string, string])[]): Uint8Array {
  const size = pairs.reduce((sum, [name, value]) => sum + 5 + utf8Length(name) + utf8Length(value), 0);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const pair of pairs) {
    bytes[at++] = USER_PROPERTY;
    for (const text of pair) {
      const end = writeUtf8(bytes, at + 2, text);
      bytes[at] = (end - at - 2) >>> 8;
      bytes[at + 1] = end - at - 2;
      at = end;
    }
  }
  return bytes;
}

/** The properties were validated when they came in: forwardable ones only. */
function* userPropertiesOf(properties: Uint8Array): Iterable<[name: string, value: string]> {
  const text = (at: number): [string, number] => {
    const end = at + 2 + ((properties[at]! << 8) | properties[at + 1]!);
    return [readUtf8(properties, at + 2, end), end];
  };
  for (let at = 0; at < properties.length; ) {
    const identifier = readVariableByteInteger(properties, at, properties.length);
    at++;
    if (identifier === PAYLOAD_FORMAT_INDICATOR) at++;
    else if (identifier === USER_PROPERTY) {
      const [name, middle] = text(at);
      const [value, end] = text(middle);
      at = end;
      yield [name, value];
    } else at = text(at)[1]; // Content Type, Response Topic, Correlation Data: behind their length, too
  }
}
