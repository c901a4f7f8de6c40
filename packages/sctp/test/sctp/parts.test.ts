// Small parts by themselves: limits of options, the list of events, cookies, checksums over parts, slabs.
import { describe, expect, it } from 'vitest';
import { EventList } from '../../src/sctp/association-events.ts';
import { DEFAULT_LIMITS, limitsOf } from '../../src/sctp/association-options.ts';
import { textOf } from '../../src/sctp/error-causes.ts';
import { SCTP_ERRORS, SctpError } from '../../src/sctp/sctp-error.ts';
import { isSequenceAfter } from '../../src/sctp/serial.ts';
import { Slab } from '../../src/sctp/slab.ts';
import { Network } from '../support/virtual-network.ts';

it('every option has its range, and its default lies in it', () => {
  expect(limitsOf({})).toEqual(DEFAULT_LIMITS);
  for (const name of Object.keys(DEFAULT_LIMITS) as (keyof typeof DEFAULT_LIMITS)[]) {
    for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY, '5' as unknown as number]) {
      expect(() => limitsOf({ [name]: value }), name).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  }
  expect(() => limitsOf({ receivewindow: 5000 } as object)).toThrow("there is no limit 'receivewindow'");
});

it('a list gathers events in order, and copies messages', () => {
  const list = new EventList();
  const bytes = Uint8Array.of(1, 2);
  list.established();
  list.message({ streamIdentifier: 1, payloadProtocolIdentifier: 2, isUnordered: false, bytes });
  bytes[0] = 9;
  list.transmit(bytes);
  list.drain();
  list.peerShutdown();
  list.peerError([]);
  list.ended(undefined);
  expect(list.take()).toEqual([
    { type: 'established' },
    {
      type: 'message',
      message: { streamIdentifier: 1, payloadProtocolIdentifier: 2, isUnordered: false, bytes: Uint8Array.of(1, 2) },
    },
    { type: 'transmit', packet: bytes },
    { type: 'drain' },
    { type: 'peer-shutdown' },
    { type: 'peer-error', causes: [] },
    { type: 'ended', error: undefined },
  ]);
  expect(list.take()).toEqual([]);
});

it('stream sequence numbers compare around their end', () => {
  expect([
    isSequenceAfter(1, 0),
    isSequenceAfter(0, 65_535),
    isSequenceAfter(65_535, 0),
    isSequenceAfter(5, 5),
  ]).toEqual([true, true, false, false]);
});

it('the text of a peer is shown as far as it is ASCII, and not without end', () => {
  expect(textOf(Uint8Array.of(72, 105, 7, 200))).toBe('Hi??');
  expect(textOf(new Uint8Array(5000).fill(65)).length).toBe(200);
});

it('an error has a code of the list, and its causes', () => {
  const error = new SctpError('PEER_ABORTED', 'text', [12]);
  expect(error).toMatchObject({ name: 'SctpError', code: 'PEER_ABORTED', message: 'text', causes: [12] });
  expect(SCTP_ERRORS).toContain(error.code);
});

describe('a slab', () => {
  it('gives no byte twice, and takes back the end of the last reservation only', () => {
    const slab = new Slab();
    const first = slab.copy(Uint8Array.of(1, 2, 3), 0, 3);
    const part = slab.copy(Uint8Array.of(9, 8, 7), 1, 2);
    const at = slab.reserve(100);
    slab.bytes.fill(5, at, at + 100);
    expect([[...first], [...part]]).toEqual([[1, 2, 3], [8]]);
    slab.release(slab.bytes, at + 50, at + 100);
    expect(slab.reserve(1)).toBe(at + 50);
    slab.release(slab.bytes, at, at + 50); // something was reserved after it
    expect(slab.reserve(1)).toBe(at + 51);
    slab.release(new Uint8Array(1), 0, at + 52);
    expect(slab.reserve(1)).toBe(at + 52);
    expect(slab.copy(new Uint8Array(5000), 0, 5000).byteOffset).toBe(0);
  });
});

it('an association says what it is', () => {
  const network = new Network({ latencyMs: 10 });
  const [a, b] = network.pair({ outboundStreams: 7, inboundStreams: 5 });
  const client = a.connect('b');
  expect(client.association).toMatchObject({ outboundStreams: 0, peerPort: 5000, roundTripMs: undefined });
  expect(client.association.deadline).toBe(2000);
  network.run(() => b.accepted.length === 1 && client.events.length === 1);
  expect(client.association).toMatchObject({ outboundStreams: 5, roundTripMs: 20, state: 'established' });
});
