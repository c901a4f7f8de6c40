// The handshake and its ways to go wrong: cookies, and both calling at once (RFC 9260, §5).
import { describe, expect, it } from 'vitest';
import { HandPeer, TAG, typesOf } from '../support/hand-peer.ts';
import { initOf, packetOf, parameterOf, words } from '../support/packets.ts';
import { Network } from '../support/virtual-network.ts';

const INIT = 1;
const INIT_ACK = 2;
const ABORT = 6;
const ERROR = 9;
const COOKIE_ECHO = 10;
const COOKIE_ACK = 11;

describe('who is called', () => {
  it('answers an INIT, keeps nothing of it, and begins with the cookie', () => {
    const peer = new HandPeer();
    const cookie = peer.init();
    expect(peer.told[0]).toMatchObject({ tag: TAG, source: 5000, destination: 6000 });
    expect(peer.node.host.associations).toBe(0);
    expect(typesOf(peer.say([{ type: COOKIE_ECHO, body: cookie }]))).toEqual([[COOKIE_ACK]]);
    expect(peer.node.host.associations).toBe(1);
    expect(peer.node.accepted[0]!.events).toEqual(['established']);
    expect(peer.node.accepted[0]!.association).toMatchObject({ localPort: 5000, peerPort: 6000, outboundStreams: 10 });
  });

  it('confirms a cookie that comes twice, and begins once', () => {
    const peer = new HandPeer();
    const cookie = peer.init();
    peer.say([{ type: COOKIE_ECHO, body: cookie }]);
    expect(typesOf(peer.say([{ type: COOKIE_ECHO, body: cookie }]))).toEqual([[COOKIE_ACK]]);
    expect(peer.node.accepted).toHaveLength(1);
    expect(peer.node.accepted[0]!.events).toEqual(['established']);
  });

  it('takes no cookie with another byte anywhere, another tag, another port, or from another address', () => {
    const peer = new HandPeer();
    const cookie = peer.init();
    for (let at = 0; at < cookie.length; at++) {
      const other = cookie.slice();
      other[at]! ^= 1;
      expect(peer.say([{ type: COOKIE_ECHO, body: other }])).toEqual([]);
    }
    expect(peer.say([{ type: COOKIE_ECHO, body: cookie.subarray(1) }])).toEqual([]);
    expect(peer.say([{ type: COOKIE_ECHO, body: cookie }], { tag: peer.nodeTag ^ 1 })).toEqual([]);
    expect(peer.say([{ type: COOKIE_ECHO, body: cookie }], { from: 'elsewhere' })).toEqual([]);
    peer.port = 6001;
    expect(peer.say([{ type: COOKIE_ECHO, body: cookie }])).toEqual([]);
    expect(peer.node.host.associations).toBe(0);
  });

  it('complains about a cookie that is too old', () => {
    const peer = new HandPeer();
    const cookie = peer.init();
    peer.network.now += 60_499;
    const [answer] = peer.say([{ type: COOKIE_ECHO, body: cookie }]);
    expect(answer).toMatchObject({ tag: TAG });
    expect(answer!.chunks[0]!.type).toBe(ERROR);
    expect([...answer!.chunks[0]!.body]).toEqual([0, 3, 0, 8, ...words(500_000)]);
    expect(peer.node.host.associations).toBe(0);
  });

  it.each([
    ['a tag of 0', initOf(0)],
    ['a window below 1500', initOf(TAG, { window: 1499 })],
    ['too short', initOf(TAG).subarray(0, 12)],
    ['a parameter that does not end', initOf(TAG, { parameters: Uint8Array.of(0, 9, 0, 40) })],
    ['a parameter of length 3', initOf(TAG, { parameters: Uint8Array.of(0, 9, 0, 3) })],
    ['half a parameter', initOf(TAG, { parameters: Uint8Array.of(0, 9) })],
  ])('drops an INIT with %s', (_, body) => {
    const peer = new HandPeer();
    expect(peer.say([{ type: INIT, body }], { tag: 0 })).toEqual([]);
  });

  it('drops an INIT with a tag, or with company', () => {
    const peer = new HandPeer();
    expect(peer.say([{ type: INIT, body: initOf(TAG) }], { tag: 1 })).toEqual([]);
    expect(peer.say([{ type: INIT, body: initOf(TAG) }, { type: COOKIE_ACK }], { tag: 0 })).toEqual([]);
  });

  it.each([
    ['no streams to receive on', initOf(TAG, { out: 0 }), 7],
    ['no streams to send on', initOf(TAG, { into: 0 }), 7],
    ['a host name', initOf(TAG, { parameters: parameterOf(11, Uint8Array.of(97, 0)) }), 5],
  ])('refuses an INIT with %s', (_, body, cause) => {
    const peer = new HandPeer();
    const [answer] = peer.say([{ type: INIT, body }], { tag: 0 });
    expect(answer).toMatchObject({ tag: TAG });
    expect(answer!.chunks[0]!.type).toBe(ABORT);
    expect(answer!.chunks[0]!.body.readUInt16BE(0)).toBe(cause);
  });

  it('refuses where nobody listens, and when there are too many', () => {
    const peer = new HandPeer();
    peer.nodePort = 5001;
    const [answer] = peer.say([{ type: INIT, body: initOf(TAG) }], { tag: 0 });
    expect([answer!.tag, answer!.chunks[0]!.type, answer!.chunks[0]!.body.length]).toEqual([TAG, ABORT, 0]);
    peer.nodePort = 5000;
    const cookie = peer.init();
    const { maximumAssociations } = peer.node.host;
    Object.assign(peer.node.host, { maximumAssociations: 0 });
    const [refusal] = peer.say([{ type: COOKIE_ECHO, body: cookie }]);
    expect(refusal!.chunks[0]!.body.readUInt16BE(0)).toBe(4);
    const [second] = peer.say([{ type: INIT, body: initOf(TAG) }], { tag: 0 });
    expect(second!.chunks[0]!.body.readUInt16BE(0)).toBe(4);
    expect(peer.node.host.refusedAssociations).toBe(2);
    Object.assign(peer.node.host, { maximumAssociations });
    peer.node.host.isListening = false;
    expect(typesOf(peer.say([{ type: COOKIE_ECHO, body: cookie }]))).toEqual([[ABORT]]);
    expect(peer.node.host.associations).toBe(0);
  });

  it('answers so many INIT a second, and no more', () => {
    const peer = new HandPeer();
    let answered = 0;
    for (let count = 0; count < 6000; count++) {
      peer.told.length = 0;
      peer.node.receive(packetOf({ source: 6000, tag: 0, chunks: [{ type: INIT, body: initOf(TAG) }] }), 'h');
      answered += peer.told.length;
    }
    expect(answered).toBe(5000);
    expect(peer.node.host).toMatchObject({ droppedHandshakes: 1000, associations: 0 });
    peer.network.now += 1000;
    expect(peer.init().length).toBe(96);
  });

  it('tells unknown parameters that ask for it, and stops at those that say so', () => {
    const peer = new HandPeer();
    const parameters = Buffer.concat([
      parameterOf(0xc001, Uint8Array.of(1, 2, 3)), // go on, tell
      parameterOf(0x8001, Uint8Array.of(4)), // go on
      parameterOf(0x4001, Uint8Array.of(5)), // stop, tell
      parameterOf(0xc002, Uint8Array.of(6)), // not reached
    ]);
    const [answer] = peer.say([{ type: INIT, body: initOf(TAG, { parameters }) }], { tag: 0 });
    const rest = answer!.chunks[0]!.body.subarray(16 + 100);
    expect(rest.toString('hex')).toBe('0008000bc001000701020300' + '000800094001000505000000');
    const many = Buffer.concat(
      Array.from({ length: 200 }, (_, index) => parameterOf(0xc000 + index, new Uint8Array(0))),
    );
    const [large] = peer.say([{ type: INIT, body: initOf(TAG, { parameters: many }) }], { tag: 0 });
    expect(large!.chunks[0]!.body.length).toBe(16 + 100 + 32 * 8);
  });
});

describe('who calls', () => {
  it('repeats INIT, and then the cookie, at longer and longer intervals', () => {
    const network = new Network();
    const a = network.add('a', { limits: { maximumInitRetransmissions: 3 } });
    const sent: number[] = [];
    network.filter = (packet) => {
      sent.push(network.now - 1000, packet[12]!);
      return false;
    };
    const party = a.connect('b');
    network.run();
    expect(sent).toEqual([0, INIT, 1000, INIT, 3000, INIT, 7000, INIT]);
    expect(party.error?.code).toBe('HANDSHAKE_TIMEOUT');
    expect(network.now - 1000).toBe(15_000);
    expect(a.host.associations).toBe(0);
  });

  it('gives up when the peer refuses', () => {
    const network = new Network();
    const a = network.add('a');
    network.add('b');
    const party = a.connect('b');
    network.run();
    expect(party.error?.code).toBe('PEER_ABORTED');
  });

  it.each([
    ['without a cookie', initOf(TAG), 2],
    ['without streams', initOf(TAG, { out: 0, parameters: parameterOf(7, words(1)) }), 7],
    ['with a host name', initOf(TAG, { parameters: parameterOf(11, words(1)) }), 5],
    ['with a cookie above a packet', initOf(TAG, { parameters: parameterOf(7, new Uint8Array(1230)) }), 4],
  ])('aborts upon an INIT ACK %s', (_, body, cause) => {
    const peer = new HandPeer();
    const party = peer.called();
    const [answer] = peer.say([{ type: INIT_ACK, body }]);
    expect(answer!.tag).toBe(TAG);
    expect(answer!.chunks[0]!.type).toBe(ABORT);
    expect(answer!.chunks[0]!.body.readUInt16BE(0)).toBe(cause);
    expect(party.error?.causes).toEqual([cause]);
  });

  it('overlooks an INIT ACK that is malformed, has no tag, or has company', () => {
    const peer = new HandPeer();
    const party = peer.called();
    const body = initOf(TAG, { parameters: parameterOf(7, words(1)) });
    expect(peer.say([{ type: INIT_ACK, body: body.subarray(0, 15) }])).toEqual([]);
    expect(peer.say([{ type: INIT_ACK, body: initOf(0) }])).toEqual([]);
    expect(peer.say([{ type: INIT_ACK, body }, { type: COOKIE_ACK }])).toEqual([]);
    expect(party.association.state).toBe('cookie-wait');
    const [echo] = peer.say([{ type: INIT_ACK, body }]);
    expect(echo!.chunks).toEqual([{ type: COOKIE_ECHO, flags: 0, body: Buffer.from(words(1)) }]);
    expect(party.association.state).toBe('cookie-echoed');
    // Once more: it is not for this state.
    expect(peer.say([{ type: INIT_ACK, body }])).toEqual([]);
    peer.say([{ type: COOKIE_ACK }]);
    expect(party.events).toEqual(['established']);
  });

  it('tells parameters of INIT ACK it does not know, behind the cookie', () => {
    const peer = new HandPeer();
    peer.called();
    const parameters = Buffer.concat([parameterOf(7, words(1)), parameterOf(0xc123, words(2))]);
    const [echo] = peer.say([{ type: INIT_ACK, body: initOf(TAG, { parameters }) }]);
    expect(echo!.chunks.map(({ type }) => type)).toEqual([COOKIE_ECHO, ERROR]);
    expect(echo!.chunks[1]!.body.toString('hex')).toBe('0008000cc123000800000002');
  });

  it('does not take DATA before the cookie is confirmed', () => {
    const peer = new HandPeer();
    const party = peer.called();
    peer.say([{ type: INIT_ACK, body: initOf(TAG, { parameters: parameterOf(7, words(1)) }) }]);
    peer.say([{ type: 0, flags: 3, body: Buffer.concat([words(1, 0, 0), words(9)]) }]);
    expect(party.messages).toEqual([]);
    peer.say([{ type: COOKIE_ACK }, { type: 0, flags: 3, body: Buffer.concat([words(1, 0, 0), words(9)]) }]);
    expect(party.messages.map(({ bytes }) => [...bytes])).toEqual([[0, 0, 0, 9]]);
  });

  it('ends when its cookie came too late', () => {
    const peer = new HandPeer();
    const party = peer.called();
    peer.say([{ type: INIT_ACK, body: initOf(TAG, { parameters: parameterOf(7, words(1)) }) }]);
    peer.say([{ type: ERROR, body: Buffer.from([0, 3, 0, 8, 0, 0, 0, 1]) }]);
    expect(party.error?.code).toBe('STALE_COOKIE');
  });

  it('has not begun when it is not wanted any more', () => {
    const network = new Network();
    const [a] = network.pair();
    const party = a.connect('b');
    party.shutdown();
    expect(party.events).toEqual(['ended']);
    expect(party.error).toBeUndefined();
    expect(a.host.associations).toBe(0);
  });

  it('does not call twice between the same ports, nor beyond the limit', () => {
    const network = new Network();
    const a = network.add('a', { maximumAssociations: 2 });
    a.connect('b', { localPort: 77 });
    expect(() => a.connect('b', { localPort: 77 })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    a.connect('b');
    expect(() => a.connect('b')).toThrow(expect.objectContaining({ code: 'TOO_MANY_ASSOCIATIONS' }));
  });
});

describe('both at once', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])('become one association, seed %i', (seed) => {
    const network = new Network({ seed, loss: seed === 0 ? 0 : 20, reordering: 20 });
    const a = network.add('a', { listeningPort: 5000 });
    const b = network.add('b', { listeningPort: 5000 });
    const one = a.connect('b', { localPort: 5000 });
    if (seed % 2 === 1) network.run(undefined, 8); // not quite at once
    const other = b.connect('a', { localPort: 5000 });
    network.run(() => one.association.state === 'established' && other.association.state === 'established', 60_000);
    one.send(Uint8Array.of(1));
    other.send(Uint8Array.of(2));
    network.run(() => one.messages.length === 1 && other.messages.length === 1, 60_000);
    expect([one.messages[0]!.bytes[0], other.messages[0]!.bytes[0]]).toEqual([2, 1]);
    expect([a.host.associations, b.host.associations, a.accepted.length, b.accepted.length]).toEqual([1, 1, 0, 0]);
    expect([one.events, other.events]).toEqual([['established'], ['established']]);
  });
});

it('a call of both that comes after the association has begun changes nothing', () => {
  const peer = new HandPeer();
  const party = peer.called();
  const [answer] = peer.say([{ type: INIT, body: initOf(0x999) }], { tag: 0 });
  const body = answer!.chunks[0]!.body;
  const cookie = new Uint8Array(body.subarray(20, 16 + body.readUInt16BE(18)));
  expect(body.readUInt32BE(0)).toBe(peer.nodeTag); // it says of itself what it said before
  peer.say([{ type: INIT_ACK, body: initOf(TAG, { parameters: parameterOf(7, words(1)) }) }]);
  peer.say([{ type: COOKIE_ACK }]);
  expect(peer.say([{ type: COOKIE_ECHO, body: cookie }])).toEqual([]);
  expect([party.association.state, party.events]).toEqual(['established', ['established']]);
});

it('ports are chosen that are free', () => {
  const network = new Network();
  // A port, a tag, a TSN, two numbers for cookies; then a port that is taken, the port one listens on, and one that is free.
  const numbers = [11, 1, 7, 2, 3, 11, 8, 12, 5, 6, 9, 10];
  const a = network.add('a', { listeningPort: 49_160, random: () => numbers.shift() ?? 99 });
  expect([a.connect('b'), a.connect('b')].map(({ association }) => association.localPort)).toEqual([49_163, 49_164]);
});
