// The table of states as a whole; and every chunk in every state, at a machine that was brought there by packets.
import { describe, expect, it } from 'vitest';
import { CHUNK_NAMES, type ChunkName } from '../../src/sctp/chunk-types.ts';
import { type AssociationState, STATES } from '../../src/sctp/states.ts';
import { HandPeer, TAG, typesOf } from '../support/hand-peer.ts';
import { dataOf, initOf, parameterOf, words } from '../support/packets.ts';
import type { Party } from '../support/virtual-network.ts';

const NAMES = CHUNK_NAMES.filter((name) => name !== undefined);

it('the table', () => {
  const rows = Object.entries(STATES).map(([state, row]) => `${state}: ${NAMES.map((name) => row[name]).join(' ')}`);
  expect([NAMES.join(' '), ...rows]).toMatchSnapshot();
});

const cookie = parameterOf(7, words(1));

/** Brings an association into each state. */
const WAYS: Readonly<Record<Exclude<AssociationState, 'closed' | 'ended'>, (peer: HandPeer) => Party>> = {
  'cookie-wait': (peer) => peer.called(),
  'cookie-echoed': (peer) => {
    const party = peer.called();
    peer.say([{ type: 2, body: initOf(TAG, { parameters: cookie }) }]);
    return party;
  },
  established: (peer) => peer.associate(),
  'shutdown-pending': (peer) => {
    const party = peer.associate();
    party.send(Uint8Array.of(1));
    peer.wait(5);
    party.shutdown();
    return party;
  },
  'shutdown-sent': (peer) => {
    const party = peer.associate();
    party.shutdown();
    peer.wait(5);
    return party;
  },
  'shutdown-received': (peer) => {
    const party = peer.associate();
    party.send(Uint8Array.of(1));
    peer.wait(5);
    peer.say([{ type: 7, body: words(peer.nodeTsn - 1) }]);
    return party;
  },
  'shutdown-ack-sent': (peer) => {
    const party = peer.associate();
    peer.say([{ type: 7, body: words(peer.nodeTsn - 1) }]);
    return party;
  },
};

function bodyOf(name: ChunkName, peer: HandPeer): Uint8Array {
  switch (name) {
    case 'data':
      return dataOf(1);
    case 'init':
      return initOf(TAG);
    case 'init-ack':
      return initOf(TAG, { parameters: cookie });
    case 'sack':
      return words(peer.nodeTsn, 100_000, 0);
    case 'heartbeat':
    case 'heartbeat-ack':
      return parameterOf(1, words(1, 2));
    case 'shutdown':
      return words(peer.nodeTsn - 1);
    case 'error':
      return Buffer.from([0, 9, 0, 4]);
    case 'cookie-echo':
      return words(1);
    default:
      return new Uint8Array(0);
  }
}

const states = Object.keys(WAYS) as (keyof typeof WAYS)[];

describe('what becomes of a chunk', () => {
  it.each(states)('in %s', (state) => {
    const outcomes = NAMES.map((name) => {
      const peer = new HandPeer();
      const party = WAYS[state](peer);
      expect(party.association.state).toBe(state);
      const type = CHUNK_NAMES.indexOf(name);
      const tag = name === 'init' ? 0 : peer.nodeTag;
      const answers = peer.say([{ type, flags: name === 'data' ? 3 : 0, body: bodyOf(name, peer) }], { tag });
      const told = typesOf(answers).map((types) => types.map((one) => CHUNK_NAMES[one]).join('+'));
      const error = party.error === undefined ? '' : ` ${party.error.code}`;
      return `${name} → ${party.association.state}${error}; ${told.join(', ') || 'nothing'}; ${party.messages.length} messages`;
    });
    expect(outcomes).toMatchSnapshot();
  });

  it.each(states)('in %s with the tag of somebody else: nothing', (state) => {
    for (const name of NAMES) {
      if (name === 'init' || name === 'cookie-echo') continue;
      const peer = new HandPeer();
      const party = WAYS[state](peer);
      const events = party.events.slice();
      const chunk = { type: CHUNK_NAMES.indexOf(name), flags: name === 'data' ? 3 : 0, body: bodyOf(name, peer) };
      peer.say([chunk], { tag: peer.nodeTag ^ 0x10 });
      // Nor with the peer's own tag, except where it may be reflected, and says so.
      if (name !== 'abort' && name !== 'shutdown-complete') peer.say([{ ...chunk, flags: 3 }], { tag: TAG });
      else peer.say([chunk], { tag: TAG });
      expect([party.association.state, party.events, party.messages.length]).toEqual([state, events, 0]);
    }
  });

  it.each(states.filter((state) => state !== 'cookie-wait'))('in %s: ABORT with the reflected tag ends it', (state) => {
    const peer = new HandPeer();
    const party = WAYS[state](peer);
    peer.say([{ type: 6, flags: 1 }], { tag: TAG });
    expect([party.association.state, party.error?.code]).toEqual(['ended', 'PEER_ABORTED']);
  });

  it.each(states)('in %s: bodies that are too short change nothing and answer nothing of use', (state) => {
    for (const name of NAMES) {
      if (name === 'cookie-ack' || name === 'abort' || name === 'shutdown-ack' || name === 'shutdown-complete')
        continue;
      if (name === 'data') continue; // DATA without user data ends it
      const peer = new HandPeer();
      const party = WAYS[state](peer);
      peer.say([{ type: CHUNK_NAMES.indexOf(name), body: new Uint8Array(2) }], {
        tag: name === 'init' ? 0 : peer.nodeTag,
      });
      expect(party.association.state, name).toBe(state);
    }
  });

  it.each(states)('in %s: what no packet is costs nothing', (state) => {
    const peer = new HandPeer();
    const party = WAYS[state](peer);
    peer.told.length = 0;
    for (let length = 0; length < 200; length++) peer.node.receive(new Uint8Array(length).fill(length), 'h');
    expect(peer.told).toEqual([]);
    expect(party.association.state).toBe(state);
    expect(peer.node.host.malformedPackets).toBe(200);
  });
});
