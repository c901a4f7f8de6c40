// Packets of a handshake where there is none: an association that begins anew, and strangers (RFC 9260, §5.2, §8.4, §8.5).
import { describe, expect, it } from 'vitest';
import { HandPeer, TAG, typesOf } from '../support/hand-peer.ts';
import { initOf, words } from '../support/packets.ts';

const INIT = 1;
const INIT_ACK = 2;
const ABORT = 6;
const SHUTDOWN_ACK = 8;
const ERROR = 9;
const COOKIE_ECHO = 10;
const COOKIE_ACK = 11;
const SHUTDOWN_COMPLETE = 14;

describe('an INIT for an association that is there', () => {
  it('changes nothing, in any state, until the cookie comes back; then the association begins anew', () => {
    const peer = new HandPeer();
    const first = peer.associate();
    const { nodeTag } = peer;
    const cookie = peer.init(0x777);
    expect(peer.nodeTag).not.toBe(nodeTag);
    expect(first.association.state).toBe('established');
    peer.say([{ type: COOKIE_ECHO, body: cookie }]);
    expect(first.error?.code).toBe('PEER_RESTARTED');
    expect(peer.node.accepted).toHaveLength(2);
    expect(peer.node.accepted[1]!.events).toEqual(['established']);
    expect(peer.node.host.associations).toBe(1);
  });

  it('begins nothing with a cookie from before', () => {
    const peer = new HandPeer();
    const early = peer.init(0x777);
    const earlyTag = peer.nodeTag;
    const first = peer.associate();
    expect(peer.say([{ type: COOKIE_ECHO, body: early }], { tag: earlyTag })).toEqual([]);
    expect(first.events).toEqual(['established']);
    expect(peer.node.accepted).toHaveLength(1);
  });

  it('is answered with SHUTDOWN ACK at the end of a shutdown, and so is its cookie', () => {
    const peer = new HandPeer();
    const party = peer.associate();
    const { nodeTag } = peer;
    const cookie = peer.init(0x777);
    const newTag = peer.nodeTag;
    peer.say([{ type: 7, body: words(peer.nodeTsn - 1) }], { tag: nodeTag });
    expect(party.association.state).toBe('shutdown-ack-sent');
    const answers = peer.say([{ type: INIT, body: initOf(0x888) }], { tag: 0 });
    expect([answers[0]!.tag, typesOf(answers)]).toEqual([TAG, [[SHUTDOWN_ACK]]]);
    const cookies = peer.say([{ type: COOKIE_ECHO, body: cookie }], { tag: newTag });
    expect(typesOf(cookies)).toEqual([[SHUTDOWN_ACK, ERROR]]);
    peer.say([{ type: SHUTDOWN_COMPLETE }], { tag: nodeTag });
    expect(party.error).toBeUndefined();
    expect(party.events).toEqual(['established', 'peer-shutdown', 'ended']);
  });
});

describe('strangers', () => {
  it.each([
    ['DATA', 0, [[ABORT]]],
    ['INIT ACK', INIT_ACK, [[ABORT]]],
    ['SACK', 3, [[ABORT]]],
    ['HEARTBEAT', 4, [[ABORT]]],
    ['SHUTDOWN ACK', SHUTDOWN_ACK, [[SHUTDOWN_COMPLETE]]],
    ['ABORT', ABORT, []],
    ['SHUTDOWN COMPLETE', SHUTDOWN_COMPLETE, []],
    ['COOKIE ACK', COOKIE_ACK, []],
    ['ERROR', ERROR, [[ABORT]]],
  ])('%s is answered with %j, and the tag it had', (_, type, expected) => {
    const peer = new HandPeer();
    const answers = peer.say([{ type, body: new Uint8Array(16) }], { tag: 99 });
    expect(typesOf(answers)).toEqual(expected);
    for (const { tag, chunks } of answers) expect([tag, chunks[0]!.flags]).toEqual([99, 1]);
    expect(peer.node.host.strayPackets).toBe(1);
  });

  it('are not answered where an ABORT or a stale cookie is in the packet', () => {
    const peer = new HandPeer();
    expect(peer.say([{ type: 3, body: new Uint8Array(12) }, { type: ABORT }], { tag: 99 })).toEqual([]);
    expect(peer.say([{ type: ERROR, body: Buffer.from([0, 3, 0, 8, 0, 0, 0, 0]) }], { tag: 99 })).toEqual([]);
  });

  it('SHUTDOWN ACK during a handshake is answered as to a stranger', () => {
    const peer = new HandPeer();
    peer.called();
    const answers = peer.say([{ type: SHUTDOWN_ACK }]);
    expect([typesOf(answers), answers[0]!.tag]).toEqual([[[SHUTDOWN_COMPLETE]], peer.nodeTag]);
  });

  it('are all who have the right tag and the wrong ports', () => {
    const peer = new HandPeer();
    const party = peer.associate();
    peer.port = 6001;
    expect(typesOf(peer.say([{ type: 4, body: new Uint8Array(8) }]))).toEqual([[ABORT]]);
    expect(party.association.state).toBe('established');
  });
});
