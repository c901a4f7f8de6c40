// The tables of the handshake: as they are written down, and as the machine keeps to them, each message in each state.
import { describe, expect, it } from 'vitest';
import { HANDSHAKE_TYPES, type HandshakeType, type ReceivedType } from '../../src/dtls/handshake-message.ts';
import { type Cell, CLIENT_HANDSHAKE, SERVER_HANDSHAKE } from '../../src/dtls/handshake-states.ts';
import { DtlsPair, type Side } from '../support/dtls-pair.ts';
import {
  clientCertificate,
  clientOptions,
  PSK_CLIENT,
  PSK_SERVER,
  serverCertificate,
  serverOptions,
} from '../support/dtls-parties.ts';
import { contentsOf, plainMessage, splitRecords } from '../support/dtls-wire.ts';
import { randomBySeed } from '../support/random-by-seed.ts';

function drawn(table: Record<string, Record<string, Cell<string>>>): string[] {
  return Object.entries(table).flatMap(([state, row]) =>
    Object.entries(row)
      .filter(([, cell]) => cell === 'ignored' || Array.isArray(cell))
      .map(([type, cell]) => `${state} × ${type} → ${Array.isArray(cell) ? cell.join(' | ') : cell}`),
  );
}

describe('the tables', () => {
  it('say what may come when; everything else is unexpected_message', () => {
    expect(drawn(CLIENT_HANDSHAKE)).toMatchInlineSnapshot(`
      [
        "hello × server-hello → certificate | key-exchange | psk-exchange",
        "hello × hello-verify-request → second-hello",
        "second-hello × server-hello → certificate | key-exchange | psk-exchange",
        "second-hello × hello-verify-request → second-hello",
        "certificate × certificate → key-exchange",
        "key-exchange × server-key-exchange → request-or-done | done",
        "psk-exchange × server-key-exchange → done",
        "psk-exchange × server-hello-done → finished",
        "request-or-done × certificate-request → done",
        "request-or-done × server-hello-done → finished",
        "done × server-hello-done → finished",
        "finished × finished → open",
        "open × hello-request → ignored",
      ]
    `);
    expect(drawn(SERVER_HANDSHAKE)).toMatchInlineSnapshot(`
      [
        "certificate × certificate → client-key-exchange",
        "client-key-exchange × client-key-exchange → certificate-verify | finished",
        "certificate-verify × certificate-verify → finished",
        "finished × finished → open",
        "open × client-hello → ignored",
      ]
    `);
    const cells = [CLIENT_HANDSHAKE, SERVER_HANDSHAKE].flatMap((table) => Object.values(table).flatMap(Object.values));
    const refusals = cells.filter((cell) => cell !== 'ignored' && !Array.isArray(cell));
    expect(new Set(refusals.map((cell) => JSON.stringify(cell)))).toEqual(new Set(['{"alert":"UNEXPECTED_MESSAGE"}']));
    expect(cells.length).toBe((9 + 5) * 13);
  });
});

/** How to bring one side into a state: with whom, and how many messages of the peer it gets. */
interface Stage {
  readonly side: Side;
  readonly state: string;
  readonly pair: (tamper: (datagram: Uint8Array, from: Side) => readonly Uint8Array[]) => DtlsPair;
  readonly messages: number;
}

const MUTUAL = serverOptions(serverCertificate(), { clientCertificate: 'required' });
const mutual: Stage['pair'] = (tamper) => new DtlsPair(clientOptions(clientCertificate()), MUTUAL, { tamper });
const byKey: Stage['pair'] = (tamper) => new DtlsPair(PSK_CLIENT, PSK_SERVER, { tamper });
/** Here the server is told of suites with the key alone. Finished would not match, but it does not get that far. */
const byKeyAlone: Stage['pair'] = (tamper) =>
  new DtlsPair(PSK_CLIENT, PSK_SERVER, {
    tamper: (datagram, from) => {
      if (from === 'client' && contentsOf(datagram)[0] === 'client-hello') {
        // The first two suites, which are those with Diffie-Hellman, become some nobody knows.
        const at = datagram.findIndex((byte, index) => byte === 0xd0 && datagram[index + 1] === 0x01);
        datagram.fill(0xfa, at, at + 4);
      }
      return tamper(datagram, from);
    },
  });

const STAGES: readonly Stage[] = [
  { side: 'client', state: 'hello', pair: mutual, messages: 0 },
  { side: 'client', state: 'second-hello', pair: mutual, messages: 1 },
  { side: 'client', state: 'certificate', pair: mutual, messages: 2 },
  { side: 'client', state: 'key-exchange', pair: mutual, messages: 3 },
  { side: 'client', state: 'request-or-done', pair: mutual, messages: 4 },
  { side: 'client', state: 'done', pair: mutual, messages: 5 },
  { side: 'client', state: 'finished', pair: mutual, messages: 6 },
  { side: 'client', state: 'psk-exchange', pair: byKeyAlone, messages: 2 },
  { side: 'client', state: 'done', pair: byKey, messages: 3 },
  { side: 'server', state: 'certificate', pair: mutual, messages: 2 },
  { side: 'server', state: 'client-key-exchange', pair: mutual, messages: 3 },
  { side: 'server', state: 'certificate-verify', pair: mutual, messages: 4 },
  { side: 'server', state: 'finished', pair: mutual, messages: 5 },
];

function brought({ side, pair: make, messages }: Stage): DtlsPair {
  let left = messages;
  const pair = make((datagram, from) => {
    if (from === side) return [datagram];
    return splitRecords(datagram).filter((record) => record[0] === 22 && left-- > 0);
  });
  pair.run(900);
  return pair;
}

function codeAfter(stage: Stage, datagram: Uint8Array): string {
  const pair = brought(stage);
  expect(pair.outcome(stage.side)).toBe('handshaking');
  pair.deliver(stage.side, datagram);
  return pair.outcome(stage.side);
}

const TYPES = [...Object.keys(HANDSHAKE_TYPES), 'unknown'] as ReceivedType[];
/** Nothing but Finished is ever protected, so in the clear it is dropped without a word. */
const IN_THE_CLEAR = TYPES.filter((type) => type !== 'finished');

describe.each(STAGES)('a $side in state $state after $messages messages', (stage) => {
  const table: Record<string, Record<string, Cell<string>>> = stage.side === 'client'
    ? CLIENT_HANDSHAKE
    : SERVER_HANDSHAKE;

  it.each(IN_THE_CLEAR)('is told %s', (type) => {
    // Server and client count alike: the first message is a hello, and without a cookie it would be all that counts.
    const sequence = stage.messages;
    const id = type === 'unknown' ? 99 : HANDSHAKE_TYPES[type as HandshakeType];
    const outcome = codeAfter(stage, plainMessage(id, sequence, Uint8Array.of(0xff)));
    const isExpected = Array.isArray(table[stage.state]![type]);
    // What may come, may not come with a body like this.
    expect(outcome).toMatch(isExpected ? /^(DECODE_ERROR|ILLEGAL_PARAMETER)$/ : /^UNEXPECTED_MESSAGE$/);
  });

  it('drops noise, with and without the headers of records', () => {
    const pair = brought(stage);
    const random = randomBySeed(stage.messages + 1);
    for (let count = 0; count < 300; count++) {
      const noise = Uint8Array.from({ length: 13 + Math.floor(random() * 60) }, () => Math.floor(random() * 256));
      // Of any kind but an alert, which in the clear anybody can make up; in the clear, protected, or of a later epoch.
      if (count % 3 > 0) noise.set([20 + 2 * (count % 2) + (count % 5 === 0 ? 3 : 0), 0xfe, 0xfd, 0, count % 4]);
      if (count % 3 > 0) noise.set([0, noise.length - 13], 11);
      pair.deliver(stage.side, noise);
    }
    expect(pair.outcome(stage.side)).toBe('handshaking');
  });

  it('drops a Finished in the clear, and the handshake goes on', () => {
    expect(codeAfter(stage, plainMessage('finished', stage.messages, new Uint8Array(12)))).toBe('handshaking');
  });
});
