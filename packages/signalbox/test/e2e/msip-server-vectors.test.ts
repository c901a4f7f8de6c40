// The black-box dialogues of test/vectors/msip/servers.json with our broker, over TCP. What they prove is in their names.
import { expect, it } from 'vitest';
import { bytesOf, comparable, SERVERS, type ServerStep } from '../msip/vectors.ts';
import { startMsipBroker } from '../support/msip-broker.ts';
import type { MsipPeer } from '../support/msip-peer.ts';
import { seen, written } from '../support/msip-server-dialogue.ts';

async function run(steps: readonly ServerStep[]): Promise<void> {
  const { open } = await startMsipBroker();
  const peers = new Map<string, MsipPeer>();
  for (const [index, { client, send, sendBytes, expect: expected = [], closed }] of steps.entries()) {
    const where = `step ${index + 1}`;
    const peer = peers.get(client) ?? (await open());
    peers.set(client, peer);
    if (send !== undefined) peer.write(...send.map(written));
    if (sendBytes !== undefined) peer.write(bytesOf(sendBytes));
    for (const frame of expected) expect(seen(await peer.next()), where).toMatchObject(comparable(frame) as object);
    if (closed === true) expect(await peer.ending(), where).toEqual([]);
  }
}

it.each(SERVERS)('$name', ({ steps }) => run(steps));
