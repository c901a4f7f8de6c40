// The black-box dialogues of test/vectors/msip/servers.json with our broker, over TCP. What they prove is in their names.
import { expect, it } from 'vitest';
import { bytesOf, comparable, type PlainFrame, SERVERS, type ServerStep } from '../msip/vectors.ts';
import { startMsipBroker } from '../support/msip-broker.ts';
import type { MsipPeer } from '../support/msip-peer.ts';
import { partsOf, TYPE, type TypeName, topicAndMessage, type WireFrame, wire } from '../support/msip-wire.ts';

type Fields = Readonly<Record<string, { readonly text?: string; readonly hex?: string } | undefined>>;

function rawOf(value: { readonly text?: string; readonly hex?: string } | undefined): Buffer {
  return value?.hex === undefined ? Buffer.from(value?.text ?? '') : Buffer.from(value.hex, 'hex');
}

/** By hand: the codec of the library has no part in it. */
function payloadOf(frame: PlainFrame): Uint8Array {
  const { clientId, username, topic, text } = frame as Readonly<Record<string, string | undefined>>;
  const { password, message, payload } = frame as unknown as Fields;
  switch (frame.type) {
    case 'hello': {
      const parts = [clientId ?? '', ...(username === undefined ? [] : [`\0${username}`])].map((part) =>
        Buffer.from(part),
      );
      return Buffer.concat(password === undefined ? parts : [...parts, Buffer.of(0), rawOf(password)]);
    }
    case 'subscribe':
    case 'unsubscribe':
      return Buffer.from(topic ?? '');
    case 'publish':
    case 'event':
      return topicAndMessage(topic ?? '', rawOf(message));
    default:
      return payload === undefined ? Buffer.from(text ?? '') : rawOf(payload);
  }
}

function written(frame: PlainFrame): Uint8Array {
  const { flags = 0, msgKind = 1, msgId = '0' } = frame as { flags?: number; msgKind?: number; msgId?: string };
  return wire(frame.type as TypeName, { flags, msgKind, msgId: BigInt(msgId), payload: payloadOf(frame) });
}

/** Everything that can be expected of it. */
function seen({ frameType, flags, msgKind, msgId, payloadLength, payload }: WireFrame): object {
  const type = Object.entries(TYPE).find(([, number]) => number === frameType)?.[0];
  const parts = type === 'event' ? partsOf(payload) : undefined;
  return comparable({ type, flags, msgKind, msgId, payloadLength, payload, ...parts }) as object;
}

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
