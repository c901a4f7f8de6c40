// The door: nothing is kept, and nobody gets in, without a cookie that went to where the hello comes from.
import { beforeEach, describe, expect, it } from 'vitest';
import { concat } from '../../src/dtls/byte-fields.ts';
import { DtlsConnection } from '../../src/dtls/connection.ts';
import { HelloGate, type VerifiedHello } from '../../src/dtls/hello-gate.ts';
import { readRecord } from '../../src/dtls/record.ts';
import { NODE_PRIMITIVES } from '../../src/node-crypto/primitives.ts';
import { PSK_CLIENT } from '../support/dtls-parties.ts';
import { plainMessage } from '../support/dtls-wire.ts';
import { randomBySeed } from '../support/random-by-seed.ts';

const HERE = Uint8Array.of(1);
const ELSEWHERE = Uint8Array.of(2);

let gate: HelloGate;
let first: Uint8Array;
let client: DtlsConnection;

beforeEach(() => {
  gate = new HelloGate(NODE_PRIMITIVES, 0);
  const made = DtlsConnection.client(PSK_CLIENT, 0);
  client = made.connection;
  first = transmitted(made.events);
});

function transmitted(events: readonly { type: string; bytes?: Uint8Array }[]): Uint8Array {
  return events.find(({ type }) => type === 'transmit')!.bytes!;
}

function replyTo(judged: VerifiedHello | { reply: Uint8Array } | undefined): Uint8Array {
  expect(judged).toHaveProperty('reply');
  return (judged as { reply: Uint8Array }).reply;
}

/** The hello with the cookie that `reply` has. */
function second(reply: Uint8Array): Uint8Array {
  return transmitted(client.receive(reply, 0));
}

describe('a hello', () => {
  it('without a cookie is answered with one, by fewer bytes and under its own number', () => {
    const reply = replyTo(gate.judge(first, HERE, 0));
    expect(reply.length).toBeLessThan(first.length);
    expect(readRecord(reply, 0)?.sequence).toBe(readRecord(first, 0)?.sequence);
  });

  it('with its cookie gets through, as often as it comes', () => {
    const again = second(replyTo(gate.judge(first, HERE, 0)));
    for (let time = 0; time < 3; time++) {
      expect(gate.judge(again, HERE, time)).toMatchObject({ message: { messageSequence: 1 }, recordSequence: 1 });
    }
  });

  it('with the cookie of another address, or of another gate, is asked again', () => {
    const again = second(replyTo(gate.judge(first, HERE, 0)));
    replyTo(gate.judge(again, ELSEWHERE, 0));
    replyTo(new HelloGate(NODE_PRIMITIVES, 0).judge(again, HERE, 0));
  });

  it('with a cookie and another content is asked again, whichever byte it is', () => {
    const again = second(replyTo(gate.judge(first, HERE, 0)));
    for (let at = 25; at < again.length; at++) {
      const other = again.slice();
      other[at]! ^= 1;
      const judged = gate.judge(other, HERE, 0);
      if (judged !== undefined) replyTo(judged); // a length may be wrong now
    }
  });

  it('whose lists are broken is dropped when its cookie is right, and read no sooner', () => {
    const body = first.slice(25);
    body.set([0xff, 0x01], body.length - 26); // the last extension is the first one again
    const broken = plainMessage('client-hello', 0, body);
    const reply = replyTo(gate.judge(broken, HERE, 0));
    const cookie = reply.subarray(-32);
    const again = concat(body.subarray(0, 35), Uint8Array.of(32), cookie, body.subarray(36));
    expect(gate.judge(plainMessage('client-hello', 1, again), HERE, 0)).toBeUndefined();
  });

  it.each([
    [59_999, true],
    [119_999, true],
    [120_000, false],
    [500_000, false],
  ])('with a cookie %d ms old gets through: %s', (age, isGood) => {
    const again = second(replyTo(gate.judge(first, HERE, 0)));
    gate.judge(first, HERE, 60_000 <= age ? 60_000 : 0);
    expect(gate.judge(again, HERE, age)).toHaveProperty(isGood ? 'hello' : 'reply');
  });
});

describe('everything else is dropped without a word', () => {
  it.each([
    ['nothing', () => new Uint8Array(0)],
    ['another message', () => plainMessage('server-hello', 0)],
    ['a hello of one byte', () => plainMessage('client-hello', 0, Uint8Array.of(1))],
    ['a hello that is the hundredth', () => plainMessage('client-hello', 100, first.subarray(25))],
    [
      'a hello in two pieces',
      () => {
        const cut = first.slice();
        cut[16] = 1; // the whole message is longer than what is here
        return cut;
      },
    ],
    [
      'a protected record',
      () => {
        const other = first.slice();
        other[4] = 1;
        return other;
      },
    ],
    [
      'an alert',
      () => {
        const other = first.slice();
        other[0] = 21;
        return other;
      },
    ],
  ])('%s', (_, datagram) => {
    expect(gate.judge(datagram(), HERE, 0)).toBeUndefined();
  });

  it('noise, and hellos with noise in them', () => {
    const random = randomBySeed(7);
    for (let count = 0; count < 3000; count++) {
      const noise = count % 2 === 0 ? first.slice() : new Uint8Array(Math.floor(random() * 300));
      for (let times = 0; times < 4; times++) noise[Math.floor(random() * noise.length)] = Math.floor(random() * 256);
      const judged = gate.judge(noise, HERE, 0);
      if (judged !== undefined) expect(replyTo(judged).length).toBeLessThan(noise.length);
    }
  });
});
