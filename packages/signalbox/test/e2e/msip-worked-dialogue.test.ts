// The dialogue of docs/msip.md, Appendix B, with a broker: what a stranger checks his first program against must be true.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readFrame } from '../../src/msip/read-frame.ts';
import { writeFrame } from '../../src/msip/write-frame.ts';
import { startMsipBroker } from '../support/msip-broker.ts';
import { describeFrame, TYPE, type WireFrame, WireSplitter } from '../support/msip-wire.ts';

interface Line {
  readonly from: 'C' | 'S';
  readonly says: string;
  readonly bytes: Uint8Array;
}

const page = readFileSync(new URL('../../../../docs/msip.md', import.meta.url), 'utf8');
const [, appendix = ''] = page.split('\n## Appendix B');
const dialogue: Line[] = [...appendix.matchAll(/^([CS]) {2}(.+)\n {3}([0-9A-F ]+)$/gm)].map(([, from, says, hex]) => ({
  from: from as 'C' | 'S',
  says: says!,
  bytes: Uint8Array.from(Buffer.from(hex!.replaceAll(' ', ''), 'hex')),
}));

/** The text of an ERROR is the server's own [MSIP-3.7-1]. */
function comparable(frame: WireFrame): string {
  const line = describeFrame(frame);
  return frame.frameType === TYPE.error ? line.split(' ').slice(0, 4).join(' ') : line;
}

it('each line is a frame of the kind that is said', () => {
  expect(dialogue).toHaveLength(12);
  for (const { says, bytes } of dialogue) {
    const frame = readFrame(bytes);
    expect(says.toLowerCase()).toMatch(new RegExp(`^${frame.type}\\b`));
    expect(writeFrame(frame)).toEqual(bytes);
  }
});

it('a broker answers so', async () => {
  const { open } = await startMsipBroker();
  const peer = await open();
  for (const { from, bytes } of dialogue) {
    if (from === 'C') peer.write(bytes);
    else expect(comparable(await peer.next())).toBe(comparable(new WireSplitter().take(bytes)[0]!));
  }
  expect(await peer.ending()).toEqual([]);
});
