// Frames for people: nothing secret, nothing that breaks a line.
import { describe, expect, it } from 'vitest';
import type { Frame, FrameInput } from '../../src/msip/frame.ts';
import { frameToJson, frameToLine } from '../../src/msip/frame-json.ts';
import { Flags, MsgKind } from '../../src/msip/header.ts';
import { readFrame } from '../../src/msip/read-frame.ts';
import { writeFrame } from '../../src/msip/write-frame.ts';

const frame = (input: FrameInput): Frame => readFrame(writeFrame(input));

describe('frameToJson', () => {
  it('has names for flags and kinds, digits for msgId, and survives JSON', () => {
    const flags = Flags.AckRequired | Flags.Urgent;
    const json = frameToJson(
      frame({ type: 'publish', msgId: 2n ** 64n - 1n, flags, msgKind: MsgKind.State, topic: 'a', message: 'on' }),
    );
    expect(JSON.parse(JSON.stringify(json))).toEqual({
      type: 'publish',
      msgId: '18446744073709551615',
      flags: ['ACK_REQUIRED', 'URGENT'],
      msgKind: 'STATE',
      topic: 'a',
      message: { length: 2, text: 'on' },
    });
  });

  it('masks the password, and leaves out what is not there', () => {
    const hello = frame({ type: 'hello', clientId: 'lamp', username: 'anna', password: 'secret' });
    expect(frameToJson(hello)).toEqual({
      type: 'hello',
      msgId: '0',
      clientId: 'lamp',
      username: 'anna',
      password: '***',
    });
    expect(frameToJson(frame({ type: 'hello', clientId: 'lamp' }))).toEqual({
      type: 'hello',
      msgId: '0',
      clientId: 'lamp',
    });
  });

  it('has the number of a kind that does not exist', () => {
    expect(frameToJson({ type: 'ping', flags: 0, msgKind: 9, msgId: 1n })).toEqual({
      type: 'ping',
      msgId: '1',
      msgKind: '9',
    });
  });
});

describe('frameToLine', () => {
  it.each([
    [{ type: 'ping', msgId: 5n }, 'PING msgId=5'],
    [{ type: 'error', msgId: 5n, text: 'no\n\u2028' }, 'ERROR msgId=5 text="no\\n\\u2028"'],
    [
      { type: 'hello', clientId: 'a', username: 'u', password: 'p' },
      'HELLO msgId=0 clientId="a" username="u" password=***',
    ],
    [
      { type: 'event', flags: Flags.Compressed, msgKind: MsgKind.Log, topic: 'a b', message: new Uint8Array([255, 0]) },
      'EVENT msgId=0 flags=COMPRESSED msgKind=LOG topic="a b" message=2 bytes ff00',
    ],
    [{ type: 'publish', topic: 't', message: 'hello' }, 'PUBLISH msgId=0 topic="t" message=5 bytes "hello"'],
  ] as [FrameInput, string][])('%# has all of it in one line', (input, line) => {
    expect(frameToLine(frame(input))).toBe(line);
  });

  it('shows as much of a message as it may, or its length alone', () => {
    const publish = frame({ type: 'publish', topic: 't', message: 'hello' });
    expect(frameToLine(publish, { previewLength: 2 })).toMatch(/message=5 bytes "he"$/);
    expect(frameToLine(publish, { previewLength: 0 })).toMatch(/message=5 bytes$/);
  });
});
