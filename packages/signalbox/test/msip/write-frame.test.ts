// What cannot be sent is refused before its first byte is written.
import { describe, expect, it } from 'vitest';
import { MsipUsageError } from '../../src/msip/errors.ts';
import type { FrameInput } from '../../src/msip/frame.ts';
import { readFrame } from '../../src/msip/read-frame.ts';
import { writeFrame } from '../../src/msip/write-frame.ts';
import { bytes, hex } from '../support/annotated-bytes.ts';
import { wire } from '../support/msip-wire.ts';

const SURROGATE = '\ud83d';

function codeOf(frame: object): string {
  try {
    writeFrame(frame as FrameInput);
    return 'was written';
  } catch (error) {
    if (!(error instanceof MsipUsageError)) throw error;
    return error.code;
  }
}

describe('writeFrame', () => {
  it.each([
    ['a type that does not exist', { type: 'connect' }, 'INVALID_ARGUMENT'],
    ['no type', {}, 'INVALID_ARGUMENT'],
    ['[MSIP-2.2-1] reserved flags', { type: 'ping', flags: 8 }, 'INVALID_ARGUMENT'],
    ['negative flags', { type: 'ping', flags: -1 }, 'INVALID_ARGUMENT'],
    ['half a flag', { type: 'ping', flags: 0.5 }, 'INVALID_ARGUMENT'],
    ['[MSIP-2.3-1] msgKind 0', { type: 'ping', msgKind: 0 }, 'INVALID_ARGUMENT'],
    ['[MSIP-2.3-1] msgKind 6', { type: 'ping', msgKind: 6 }, 'INVALID_ARGUMENT'],
    ['half a msgKind', { type: 'ping', msgKind: 1.5 }, 'INVALID_ARGUMENT'],
    ['[MSIP-2.4-1] a msgId that is a number', { type: 'ping', msgId: 1 }, 'INVALID_ARGUMENT'],
    ['[MSIP-2.4-1] a negative msgId', { type: 'ping', msgId: -1n }, 'INVALID_ARGUMENT'],
    ['[MSIP-2.4-1] a msgId of 65 bits', { type: 'ping', msgId: 1n << 64n }, 'INVALID_ARGUMENT'],
    ['[MSIP-9-1] U+0000 in a client id', { type: 'hello', clientId: 'a\0b' }, 'INVALID_STRING'],
    ['[MSIP-9-1] U+0000 in a user name', { type: 'hello', username: 'a\0b' }, 'INVALID_STRING'],
    ['a client id that is no text', { type: 'hello', clientId: 5 }, 'INVALID_STRING'],
    ['a user name that is no text', { type: 'hello', username: null }, 'INVALID_STRING'],
    ['a password without a user name', { type: 'hello', password: 'x' }, 'INVALID_ARGUMENT'],
    ['a password that is neither text nor bytes', { type: 'hello', username: 'a', password: 5 }, 'INVALID_ARGUMENT'],
    ['half a surrogate pair in a password', { type: 'hello', username: 'a', password: SURROGATE }, 'INVALID_STRING'],
    ['[MSIP-1-2] half a surrogate pair in a client id', { type: 'hello', clientId: SURROGATE }, 'INVALID_STRING'],
    ['[MSIP-1-2] half a surrogate pair in a topic', { type: 'subscribe', topic: SURROGATE }, 'INVALID_STRING'],
    ['[MSIP-1-4] U+0000 in a topic', { type: 'publish', topic: 'a\0' }, 'INVALID_STRING'],
    ['a topic that is no text', { type: 'unsubscribe' }, 'INVALID_STRING'],
    ['[MSIP-1-4] a topic of 65,536 bytes', { type: 'publish', topic: 'x'.repeat(65_536) }, 'INVALID_STRING'],
    ['half a surrogate pair in a message', { type: 'publish', topic: 'a', message: SURROGATE }, 'INVALID_STRING'],
    ['a message that is neither text nor bytes', { type: 'event', topic: 'a', message: 5 }, 'INVALID_ARGUMENT'],
    ['half a surrogate pair in an error', { type: 'error', text: SURROGATE }, 'INVALID_STRING'],
    ['an error that is no text', { type: 'error', text: 5 }, 'INVALID_STRING'],
    ['a payload of ACK that is text', { type: 'ack', payload: 'x' }, 'INVALID_ARGUMENT'],
  ])('%s: refused', (_name, frame, code) => {
    expect(codeOf(frame)).toBe(code);
  });

  it('a payload that payload_len cannot express is refused', () => {
    const huge = Object.create(Uint8Array.prototype, { length: { value: 2 ** 32 - 1 } }) as Uint8Array;
    expect(codeOf({ type: 'publish', topic: 'a', message: huge })).toBe('PAYLOAD_TOO_LARGE');
  });

  it('[MSIP-1-4] a topic of 65,535 bytes is written', () => {
    const topic = `${'é'.repeat(32_767)}x`;
    const frame = readFrame(writeFrame({ type: 'publish', topic, message: 'on' }));
    expect(frame).toMatchObject({ topic, message: bytes('"on"') });
  });

  it('[MSIP-2.1-1] [MSIP-2.1-5] [MSIP-2.2-1] [MSIP-2.3-2] what is left out is 0, kind EVENT and no payload', () => {
    for (const type of ['hello', 'ack', 'error', 'ping', 'pong', 'close'] as const) {
      expect(hex(writeFrame({ type }))).toBe(hex(wire(type)));
    }
    expect(hex(writeFrame({ type: 'publish', topic: 'a' }))).toBe(hex(wire('publish', { payload: '\0\u0001a' })));
  });

  it('[MSIP-1-3] messages, passwords and errors may hold U+0000', () => {
    const message = { type: 'event', topic: 'a', message: 'x\0y' } as const;
    expect(readFrame(writeFrame(message))).toMatchObject({ message: bytes('"x" 00 "y"') });
    const hello = { type: 'hello', clientId: 'a', username: 'b', password: '\0\0' } as const;
    expect(readFrame(writeFrame(hello))).toMatchObject({ password: bytes('0000') });
    expect(readFrame(writeFrame({ type: 'error', text: 'x\0y' }))).toMatchObject({ text: 'x\0y' });
  });
});

describe('readFrame', () => {
  it.each([
    ['half a frame', wire('ping').subarray(0, 23)],
    ['nothing', wire('ping').subarray(0, 0)],
    ['more than one frame', Buffer.concat([wire('ping'), wire('ping')])],
    ['a frame and a byte', Buffer.concat([wire('ping'), Buffer.from('M')])],
  ])('%s: refused', (_name, input) => {
    expect(() => readFrame(input)).toThrow(expect.objectContaining({ code: 'BAD_PAYLOAD', msgId: 0n }));
  });
});
