// The steps of test/vectors/msip/servers.json on the wire. By hand: the codec of the library has no part in it.

import { comparable, type PlainFrame } from '../msip/vectors.ts';
import { partsOf, TYPE, type TypeName, topicAndMessage, type WireFrame, wire } from './msip-wire.ts';

type Fields = Readonly<Record<string, { readonly text?: string; readonly hex?: string } | undefined>>;

function rawOf(value: { readonly text?: string; readonly hex?: string } | undefined): Buffer {
  return value?.hex === undefined ? Buffer.from(value?.text ?? '') : Buffer.from(value.hex, 'hex');
}

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

export function written(frame: PlainFrame): Uint8Array {
  const { flags = 0, msgKind = 1, msgId = '0' } = frame as { flags?: number; msgKind?: number; msgId?: string };
  return wire(frame.type as TypeName, { flags, msgKind, msgId: BigInt(msgId), payload: payloadOf(frame) });
}

/** Everything that can be expected of it. */
export function seen({ frameType, flags, msgKind, msgId, payloadLength, payload }: WireFrame): object {
  const type = Object.entries(TYPE).find(([, number]) => number === frameType)?.[0];
  const parts = type === 'event' ? partsOf(payload) : undefined;
  return comparable({ type, flags, msgKind, msgId, payloadLength, payload, ...parts }) as object;
}
