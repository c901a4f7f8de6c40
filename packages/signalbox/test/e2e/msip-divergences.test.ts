// Where the reference server, as far as our stand-in has its habits, does not do what docs/msip.md says, Appendix A tells so: the
// black-box dialogues for servers are had with it, and each that goes another way is of a statement which stands there.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bytesOf, comparable, SERVERS, type ServerDialogue } from '../msip/vectors.ts';
import { MsipPeer } from '../support/msip-peer.ts';
import { MsipReferenceServer } from '../support/msip-reference-server.ts';
import { seen, written } from '../support/msip-server-dialogue.ts';
import { TYPE, type WireFrame, wire } from '../support/msip-wire.ts';

const FENCE = 0xfe_cen;

/** What came until the answer to a PING, or the end: the stand-in answers everything at once. */
async function collect(peer: MsipPeer): Promise<{ frames: WireFrame[]; isClosed: boolean }> {
  const frames: WireFrame[] = [];
  peer.write(wire('ping', { msgId: FENCE }));
  for (;;) {
    let frame: WireFrame;
    try {
      frame = await peer.next();
    } catch {
      return { frames, isClosed: true };
    }
    if (frame.frameType === TYPE.pong && frame.msgId === FENCE) return { frames, isClosed: false };
    frames.push(frame);
  }
}

/** But for flags: COMPRESSED is on every EVENT of the reference [MSIP-3.5-3], and would hide all else. */
function isAsExpected(got: readonly WireFrame[], expected: readonly object[]): boolean {
  try {
    const frames = got.map(seen).map((frame) => ({ ...frame, flags: 0 }));
    expect(frames).toMatchObject(expected.map((frame) => ({ ...(comparable(frame) as object), flags: 0 })));
    return true;
  } catch {
    return false;
  }
}

async function goesAsSaid({ steps }: ServerDialogue): Promise<boolean> {
  const server = await MsipReferenceServer.listen();
  const peers = new Map<string, MsipPeer>();
  try {
    for (const { client, send, sendBytes, expect: expected = [], closed } of steps) {
      const peer = peers.get(client) ?? (await MsipPeer.connect(server.port));
      peers.set(client, peer);
      if (send !== undefined) peer.write(...send.map(written));
      if (sendBytes !== undefined) peer.write(bytesOf(sendBytes));
      if (expected.length === 0 && closed !== true) continue;
      const { frames, isClosed } = await collect(peer);
      if (!isAsExpected(frames, expected) || (closed === true && !isClosed)) return false;
    }
    return true;
  } finally {
    for (const { stream } of peers.values()) stream.destroy();
    await server.close();
  }
}

function idsOf(text: string): string[] {
  return [...text.matchAll(/\[(MSIP-[\d.]+-\d+)\]/g)].map(([, id]) => id!);
}

const page = readFileSync(new URL('../../../../docs/msip.md', import.meta.url), 'utf8');
const [, appendix = ''] = page.split('\n## Appendix A');
const told = new Set(idsOf(appendix.split('\n## ')[0]!));

it('every divergence of the reference server stands in Appendix A', async () => {
  const diverging: string[] = [];
  const base = SERVERS.filter(({ extension }) => extension === undefined);
  for (const dialogue of base) {
    // It would wait for the 4 GiB, and nobody for it.
    const goesAnotherWay = dialogue.name.startsWith('[MSIP-2.5-2]') || !(await goesAsSaid(dialogue));
    if (goesAnotherWay) diverging.push(dialogue.name);
  }
  expect(diverging.filter((name) => !idsOf(name).some((id) => told.has(id)))).toEqual([]);
  expect(diverging).toMatchInlineSnapshot(`
    [
      "[MSIP-3.1-6] an id of more than 8 bytes, outside of ASCII",
      "[MSIP-3.1-1] SUBSCRIBE before HELLO is answered by ERROR and the end",
      "[MSIP-3.1-1] PUBLISH before HELLO is answered by ERROR and the end",
      "[MSIP-3.1-1] ACK before HELLO is answered by ERROR and the end",
      "[MSIP-3.1-8] a second HELLO is answered by ERROR and the end",
      "[MSIP-3-1] EVENT from a client is answered by ERROR and the end",
      "[MSIP-7-1] [MSIP-3.7-2] a frame_type that does not exist is answered by ERROR and the end",
      "[MSIP-7-1] [MSIP-3.7-2] a msg_kind that does not exist is answered by ERROR and the end",
      "[MSIP-2.5-2] [MSIP-7-1] [MSIP-3.7-2] a payload of 4 GiB that is only announced is answered by ERROR and the end",
      "[MSIP-7-1] [MSIP-3.7-2] PUBLISH without a topic length is answered by ERROR and the end",
      "[MSIP-7-1] [MSIP-3.7-2] a topic longer than its payload is answered by ERROR and the end",
      "[MSIP-7-1] [MSIP-3.7-2] a topic that is no UTF-8 is answered by ERROR and the end",
      "[MSIP-3.2-2] SUBSCRIBE with and without ACK_REQUIRED works",
      "[MSIP-3.2-7] [MSIP-7-3] an invalid filter is refused, and the connection lives on",
      "[MSIP-3.4-3] [MSIP-7-3] an invalid topic name is refused, and the connection lives on",
      "[MSIP-3.5-2] [MSIP-3.5-4] kind COMMAND and msg_id of the publisher are kept",
      "[MSIP-3.5-2] [MSIP-3.5-4] kind STATE and msg_id of the publisher are kept",
      "[MSIP-3.5-2] [MSIP-3.5-4] kind LOG and msg_id of the publisher are kept",
      "[MSIP-3.5-2] [MSIP-3.5-4] kind METRIC and msg_id of the publisher are kept",
      "[MSIP-3.6-4] [MSIP-3.7-4] [MSIP-3.9-2] ACK, ERROR and PONG of a client that answer nothing are no errors",
      "[MSIP-4-3] a session is found by the msg_id of the HELLO that opened it",
      "[MSIP-4-4] [MSIP-3.10-3] a takeover: ERROR and CLOSE to the old connection",
      "[MSIP-3.1-3] ids with the same first 8 bytes are two clients",
    ]
  `);
});
