// Many connections behind one socket: who is who, floods, limits, clients that begin anew, and peers that move.
import { describe, expect, it } from 'vitest';
import { DtlsConnection } from '../../src/dtls/connection.ts';
import { PSK_CLIENT } from '../support/dtls-parties.ts';
import { contentsOf } from '../support/dtls-wire.ts';
import { addressOf, DtlsWorld, type WorldClient } from '../support/dtls-world.ts';

function say(client: WorldClient, text: string): void {
  client.link.send(Buffer.from(text));
}

function firstHello(): Uint8Array {
  const { events } = DtlsConnection.client(PSK_CLIENT, 0);
  return (events[0] as { bytes: Uint8Array }).bytes;
}

describe('many clients', () => {
  it('are told apart', () => {
    const world = new DtlsWorld();
    const clients = Array.from({ length: 40 }, (_, index) => world.client(addressOf(`h${index % 5}`, index)));
    world.settle();
    expect([world.server.connections, world.server.handshakes]).toEqual([40, 0]);
    for (const [index, client] of clients.entries()) say(client, `I am ${index}`);
    world.settle();
    expect(world.accepted.map(({ told }) => told.text)).toEqual(clients.map((_, index) => `I am ${index}`));
    for (const { link, told } of world.accepted) link.send(Buffer.from(told.text.replace('I am', 'you are')));
    world.settle();
    expect(clients.map(({ told }) => told.text)).toEqual(clients.map((_, index) => `you are ${index}`));
    world.server.close();
    world.settle();
    expect(clients.every(({ told }) => told.end === 'closed')).toBe(true);
    expect(world.server.connections).toBe(0);
  });

  it('a second connection to the same address is refused to the caller', () => {
    const world = new DtlsWorld();
    const { endpoint } = world.client(addressOf('a'));
    const again = () => endpoint.connect(addressOf('server'), PSK_CLIENT, () => undefined as never, 0);
    expect(again).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

describe('strangers', () => {
  it('a flood of hellos leaves nothing behind, and is answered with less than it sends', () => {
    const world = new DtlsWorld();
    const hello = firstHello();
    for (let count = 0; count < 2000; count++) world.server.receive(hello, addressOf(`flood${count}`), 0);
    expect([world.server.connections, world.server.handshakes, world.server.deadline]).toEqual([0, 0, Infinity]);
    expect(world.sentByServer.length).toBe(2000);
    expect(world.sentByServer.every(({ bytes }) => bytes.length < hello.length)).toBe(true);
  });

  it('noise gets no answer, and is counted', () => {
    const world = new DtlsWorld();
    world.server.receive(Buffer.from('GET / HTTP/1.1\r\n\r\n'), addressOf('x'), 0);
    world.server.receive(Uint8Array.of(23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 9), addressOf('x'), 0);
    world.server.receive(Uint8Array.of(23, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 9), addressOf('x'), 0);
    expect([world.sentByServer.length, world.server.strayDatagrams]).toEqual([0, 3]);
  });

  it('an endpoint that takes nobody answers nobody', () => {
    const world = new DtlsWorld();
    world.server.isListening = false;
    const client = world.client(addressOf('a'));
    world.pass(40_000);
    expect(world.sentByServer).toEqual([]);
    expect(client.told.end).toBe('HANDSHAKE_TIMEOUT');
  });

  it('more than the limit are refused, and let in when somebody has gone', () => {
    const world = new DtlsWorld({ maximumConnections: 2 });
    const [first] = [world.client(addressOf('a')), world.client(addressOf('b'))];
    const third = world.client(addressOf('c'));
    world.settle();
    expect([third.told.isOpen, world.server.connections, world.server.refusedConnections]).toEqual([false, 2, 1]);
    first!.link.close();
    world.pass(2_000);
    expect(third.told.isOpen).toBe(true);
  });

  it('those who begin a handshake and vanish have a limit of their own, and go after half a minute', () => {
    const world = new DtlsWorld({ maximumHandshakes: 3 });
    // Nothing but the two hellos gets through.
    world.carries = (bytes) => contentsOf(bytes)[0] === 'client-hello';
    for (let count = 0; count < 10; count++) world.client(addressOf(`v${count}`));
    world.settle();
    expect([world.server.handshakes, world.server.refusedConnections]).toEqual([3, 7]);
    world.pass(60_000);
    expect(world.server.handshakes).toBe(0);
    expect(world.server.failedHandshakes).toBeGreaterThanOrEqual(3);
  });

  it('when the network says that nobody is there, handshakes end and open connections stay', () => {
    const world = new DtlsWorld();
    const open = world.client(addressOf('a'));
    world.settle();
    open.endpoint.giveUpHandshakes('no');
    expect(open.told.end).toBeUndefined();
    const waiting = world.client(addressOf('b'));
    waiting.endpoint.giveUpHandshakes('no');
    expect(waiting.told.end).toBe('UNREACHABLE');
  });
});

describe('a client that begins anew at the same address', () => {
  it('takes the place of its old connection once it is through', () => {
    const world = new DtlsWorld();
    const before = world.client(addressOf('a'));
    world.settle();
    before.from = addressOf('gone');
    const after = world.client(addressOf('a'));
    world.settle();
    expect(world.accepted.map(({ told }) => told.end)).toEqual(['REPLACED', undefined]);
    say(after, 'again');
    world.settle();
    expect(world.accepted[1]?.told.text).toBe('again');
    expect(world.server.connections).toBe(1);
  });

  it('does not, when it does not get through: the old one goes on meanwhile and afterwards', () => {
    const world = new DtlsWorld();
    const before = world.client(addressOf('a'));
    world.settle();
    world.carries = (bytes) => bytes[0] === 23 || contentsOf(bytes)[0] === 'client-hello';
    const after = world.client(addressOf('a'));
    world.settle();
    expect(world.server.connections).toBe(2);
    say(before, 'still ');
    world.pass(60_000);
    say(before, 'here');
    world.settle();
    expect([after.told.end, world.server.connections]).toEqual(['HANDSHAKE_TIMEOUT', 1]);
    expect(world.accepted[0]?.told).toEqual({ text: 'still here', end: undefined, isOpen: true });
  });

  it('when the old one ends meanwhile, the new one takes its place', () => {
    const world = new DtlsWorld();
    const before = world.client(addressOf('a'));
    world.settle();
    const held: (() => void)[] = [];
    world.carries = (bytes, from) => {
      if (bytes[0] === 23 || bytes[0] === 21 || contentsOf(bytes)[0] === 'client-hello') return true;
      held.push(() => world.server.receive(bytes, from, world.now));
      return false;
    };
    const after = world.client(addressOf('a'));
    world.settle();
    before.link.close();
    world.settle();
    expect([world.accepted[0]?.told.end, world.server.connections]).toEqual(['closed', 1]);
    for (const deliver of held) deliver();
    world.settle();
    expect(after.told.isOpen).toBe(true);
  });

  it('a repeated hello of the connection itself begins nothing', () => {
    const world = new DtlsWorld();
    const hellos: Uint8Array[] = [];
    world.carries = (bytes) => {
      if (contentsOf(bytes)[0] === 'client-hello') hellos.push(bytes);
      return true;
    };
    world.client(addressOf('a'));
    world.settle();
    expect(hellos.length).toBe(2);
    world.server.receive(hellos[1]!, addressOf('a'), world.now);
    expect(world.server.connections).toBe(1);
    // From elsewhere its cookie is none.
    world.server.receive(hellos[1]!, addressOf('b'), world.now);
    expect(world.server.connections).toBe(1);
  });
});

describe('a peer that moves', () => {
  it.each([
    ['another port', addressOf('a', 2)],
    ['another network', addressOf('z', 9)],
  ])('to %s is followed with its first record, and answered there', (_, to) => {
    const world = new DtlsWorld();
    const others = Array.from({ length: 10 }, (_one, index) => world.client(addressOf('a', 10 + index)));
    const moving = world.client(addressOf('a'));
    world.settle();
    moving.from = to;
    say(moving, 'from elsewhere');
    world.settle();
    const { link, told } = world.accepted.at(-1)!;
    expect([told.text, link.address.key]).toEqual(['from elsewhere', to.key]);
    link.send(Buffer.from('seen'));
    world.settle();
    expect(moving.told.text).toBe('seen');
    expect([world.server.connections, others.every(({ told: one }) => one.isOpen)]).toEqual([11, true]);
  });

  it('is not followed by records that were replayed or changed', () => {
    const world = new DtlsWorld();
    const client = world.client(addressOf('a'));
    world.settle();
    const seen: Uint8Array[] = [];
    world.carries = (bytes) => {
      seen.push(bytes);
      return true;
    };
    say(client, '1');
    say(client, '2');
    world.settle();
    for (const bytes of seen) {
      world.server.receive(bytes, addressOf('thief'), world.now);
      const changed = bytes.slice();
      changed[10]! += 50; // a newer number
      world.server.receive(changed, addressOf('thief'), world.now);
    }
    expect(world.accepted[0]?.link.address.key).toBe(addressOf('a').key);
    expect(world.accepted[0]?.told.text).toBe('12');
  });

  it("noise from a host that has a connection is nobody's", () => {
    const world = new DtlsWorld();
    world.client(addressOf('a'));
    world.client(addressOf('b'));
    world.settle();
    const noise = new Uint8Array(64);
    noise.set([23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 51]);
    world.server.receive(noise, addressOf('a', 2), world.now);
    expect(world.accepted.map(({ link }) => link.address.key)).toEqual(['a 1', 'b 1']);
  });

  it('strangers with protected noise are tried a thousand times a second at most', () => {
    const world = new DtlsWorld();
    for (let count = 0; count < 20; count++) world.client(addressOf(`h${count}`));
    world.settle();
    let tries = 0;
    for (const { link } of world.accepted) {
      const { connection } = link;
      const isFromPeer = connection.isFromPeer.bind(connection);
      connection.isFromPeer = (record) => {
        tries++;
        return isFromPeer(record);
      };
    }
    const noise = new Uint8Array(64);
    noise.set([23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 51]);
    for (let count = 0; count < 500; count++) world.server.receive(noise, addressOf('stranger', count), world.now);
    expect(tries).toBe(1000);
    world.now += 500;
    for (let count = 0; count < 500; count++) world.server.receive(noise, addressOf('stranger', count), world.now);
    expect(tries).toBe(1500);
  });
});
