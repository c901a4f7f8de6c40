// How the server of a test behaves: everything is granted unless a test says otherwise.

import { FLAG, KIND, TYPE, type TypeName, type WireFrame, type WireInput } from '../../support/msip-wire.ts';

/** Undefined: silence. */
export type Answer = readonly [type: TypeName, input: WireInput] | undefined;

const ACKNOWLEDGED: readonly number[] = [TYPE.subscribe, TYPE.unsubscribe, TYPE.publish];

export class ServerScript {
  /** 'hang': nobody answers the dialling. */
  dial: (url: string) => 'accept' | 'refuse' | 'hang' = () => 'accept';
  /** Requests that get no answer until the test gives it. */
  readonly holds = new Set<TypeName>();
  /** What the server sends arrives in pieces of so many bytes. */
  pieceSize = Infinity;
  /** The id that clients without one get. */
  assigned = 77n;
  hello: (frame: WireFrame) => Answer = (frame) => this.welcome(frame);
  /** Of everything but HELLO. */
  answer: (frame: WireFrame) => Answer = (frame) => this.grant(frame);

  welcome({ payload, msgId, flags }: WireFrame): Answer {
    return ['ack', { msgId, msgKind: KIND.state, flags: flags & FLAG.ackRequired, payload: this.identity(payload) }];
  }

  grant({ frameType, msgId }: WireFrame): Answer {
    if (frameType === TYPE.ping) return ['pong', { msgId }];
    return ACKNOWLEDGED.includes(frameType) ? ['ack', { msgId }] : undefined;
  }

  /** From now on ERROR is the answer to such requests. */
  refuse(type: TypeName, text: string): void {
    const answer = this.answer;
    this.answer = (frame) =>
      frame.frameType === TYPE[type] ? ['error', { msgId: frame.msgId, payload: text }] : answer(frame);
  }

  identity(payload: Uint8Array): Uint8Array {
    const [id = ''] = Buffer.from(payload).toString('utf8').split('\0');
    if (id !== '') return Buffer.from(id);
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(this.assigned);
    return bytes;
  }
}
