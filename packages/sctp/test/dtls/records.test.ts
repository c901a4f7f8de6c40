// An open connection and its records: replayed, changed, cut, in the clear; and what a connection refuses its owner.
import { describe, expect, it } from 'vitest';
import { DtlsConnection } from '../../src/dtls/connection.ts';
import { pseudorandom } from '../../src/dtls/key-schedule.ts';
import { dtlsLimitsOf } from '../../src/dtls/limits.ts';
import { ContentType, writePlainRecord } from '../../src/dtls/record.ts';
import { identityOf } from '../../src/node-crypto/keys.ts';
import { NODE_PRIMITIVES } from '../../src/node-crypto/primitives.ts';
import { DtlsPair, type NetworkWishes } from '../support/dtls-pair.ts';
import { clientOptions, PSK_CLIENT, PSK_SERVER, serverCertificate, serverOptions } from '../support/dtls-parties.ts';
import { plainAlert, plainMessage } from '../support/dtls-wire.ts';

function openPair(limits = {}, network: NetworkWishes = {}): DtlsPair {
  const pair = new DtlsPair({ ...PSK_CLIENT, limits }, { ...PSK_SERVER, limits }, network);
  pair.run();
  expect(pair.outcome('client')).toBe('open');
  return pair;
}

/** The datagrams a call leads to. */
function datagrams(events: ReturnType<DtlsConnection['send']>): Uint8Array[] {
  return events.flatMap((event) => (event.type === 'transmit' ? [event.bytes] : []));
}

function sealed(pair: DtlsPair, ...texts: readonly string[]): Uint8Array[] {
  return texts.flatMap((text) => datagrams(pair.client.send(Buffer.from(text))));
}

describe('records of an open connection', () => {
  it('are taken once, in any order', () => {
    const pair = openPair();
    const [first, second, third] = sealed(pair, '1', '2', '3');
    for (const one of [third, first, third, second, first, second]) pair.deliver('server', one!);
    expect(pair.received('server')).toEqual(['3', '1', '2']);
  });

  it('that are older than a thousand others are not taken', () => {
    const pair = openPair();
    const [old] = sealed(pair, 'old');
    const [within] = sealed(pair, 'within');
    for (let count = 0; count < 1023; count++) pair.deliver('server', sealed(pair, '.')[0]!);
    pair.deliver('server', old!);
    pair.deliver('server', within!);
    expect(pair.received('server').filter((text) => text !== '.')).toEqual(['within']);
  });

  it('changed in any byte are dropped, and the connection goes on', () => {
    const pair = openPair();
    const [record] = sealed(pair, 'green');
    for (let at = 0; at < record!.length; at++) {
      const changed = record!.slice();
      changed[at]! ^= 0x10;
      pair.deliver('server', changed);
    }
    expect(pair.received('server')).toEqual([]);
    pair.deliver('server', record!);
    expect([pair.received('server'), pair.outcome('server')]).toEqual([['green'], 'open']);
  });

  it('cut short are dropped; what follows a whole one is looked at, up to the first thing that is no record', () => {
    const pair = openPair();
    const [first, second, third] = sealed(pair, '1', '2', '3');
    for (let length = 0; length < first!.length; length++) pair.deliver('server', first!.subarray(0, length));
    expect(pair.received('server')).toEqual([]);
    pair.deliver('server', Buffer.concat([first!, second!, Buffer.from('rubbish'), third!]));
    expect(pair.received('server')).toEqual(['1', '2']);
  });

  it("in the clear are nobody's: data, alerts, handshakes", () => {
    const pair = openPair();
    for (const side of ['client', 'server'] as const) {
      pair.deliver(side, writePlainRecord(ContentType.ApplicationData, 9, Uint8Array.of(1)));
      pair.deliver(side, plainAlert(2, 40));
      pair.deliver(side, plainAlert(1, 0));
      pair.deliver(side, plainMessage('hello-request', 0));
      pair.deliver(side, plainMessage('client-hello', 9));
    }
    expect([pair.outcome('client'), pair.outcome('server')]).toEqual(['open', 'open']);
    expect([pair.received('client'), pair.received('server')]).toEqual([[], []]);
  });

  it('under a key that has done its work end the connection with a good-bye', () => {
    const pair = openPair({ records: 16 });
    for (let count = 0; count < 14; count++) pair.did('client', pair.client.send(Buffer.from('.')));
    pair.run();
    expect(pair.received('server').length).toBe(14);
    pair.did('client', pair.client.send(Buffer.from('.')));
    pair.did('client', pair.client.send(Buffer.from('one too many')));
    pair.run();
    expect(pair.outcome('client')).toBe('RECORDS_EXHAUSTED');
  });

  it('that were forged too often end it as well', () => {
    const pair = openPair({ records: 16 });
    const [record] = sealed(pair, 'x');
    record![record!.length - 1]! ^= 1;
    for (let count = 0; count < 16; count++) pair.deliver('server', record!);
    expect(pair.outcome('server')).toBe('RECORDS_EXHAUSTED');
    pair.run();
    expect(pair.outcome('client')).toBe('closed');
  });
});

describe('alerts in a handshake', () => {
  it('a fatal one ends it, a warning does not, half of one is none', () => {
    const pair = new DtlsPair(PSK_CLIENT, PSK_SERVER, { loss: 1 });
    pair.deliver('client', plainAlert(1, 90));
    pair.deliver('client', writePlainRecord(ContentType.Alert, 0, Uint8Array.of(2)));
    expect(pair.outcome('client')).toBe('handshaking');
    pair.deliver('client', plainAlert(2, 71));
    const last = pair.events.client.at(-1);
    expect(last).toMatchObject({ type: 'closed', error: { code: 'PEER_ALERT', alert: 71 } });
    expect(last?.type === 'closed' && last.error?.message).toContain('insufficient_security');
  });

  it('closing before the end tells the peer', () => {
    const pair = new DtlsPair(PSK_CLIENT, PSK_SERVER);
    pair.run(21);
    expect(pair.outcome('server')).toBe('handshaking');
    pair.did('server', pair.server!.close());
    pair.run();
    expect([pair.outcome('client'), pair.outcome('server')]).toEqual(['PEER_ALERT', 'closed']);
  });

  it('what fails in our own code ends this connection, with internal_error', () => {
    const broken = {
      ...identityOf(serverCertificate()),
      sign: () => {
        throw new RangeError('no key today');
      },
    };
    const pair = new DtlsPair(clientOptions(), { ...serverOptions(), identityFor: () => broken });
    pair.run();
    expect(pair.events.server.at(-1)).toMatchObject({
      error: { code: 'INTERNAL_ERROR', cause: { name: 'RangeError' } },
    });
    expect(pair.events.client.at(-1)).toMatchObject({ error: { code: 'PEER_ALERT', alert: 80 } });
  });
});

describe('what is refused to the owner', () => {
  it('sending too early, too late, or too much; and then nothing has changed', () => {
    const pair = new DtlsPair(PSK_CLIENT, PSK_SERVER);
    expect(() => pair.client.send(new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'NOT_CONNECTED' }));
    pair.run();
    expect(pair.client.largestMessage).toBe(1195);
    expect(() => pair.client.send(new Uint8Array(1196))).toThrow(
      expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' }),
    );
    const [largest] = datagrams(pair.client.send(new Uint8Array(1195)));
    expect(largest?.length).toBe(1232);
    pair.did('client', pair.client.end());
    expect(() => pair.client.send(new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'NOT_CONNECTED' }));
  });

  it('nothing happens after the end', () => {
    const pair = openPair();
    const [record] = sealed(pair, 'late');
    pair.did('server', pair.server!.end());
    expect(pair.server!.deadline).toBe(Number.POSITIVE_INFINITY);
    for (const events of [
      pair.server!.receive(record!, 0),
      pair.server!.tick(1e9),
      pair.server!.close(),
      pair.server!.end(),
    ]) {
      expect(events).toEqual([]);
    }
    expect(pair.outcome('server')).toBe('closed');
  });

  it.each([
    ['a client that can verify nobody', () => DtlsConnection.client({ primitives: NODE_PRIMITIVES }, 0)],
    ['a limit below its range', () => dtlsLimitsOf({ handshakeMessageBytes: 10 })],
    ['a limit that is no number', () => dtlsLimitsOf({ retransmitMs: Number.NaN })],
  ])('%s', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

describe('limits of a handshake', () => {
  it('a message above the limit ends it, before it is there', () => {
    const limits = { handshakeMessageBytes: 1024 };
    const own = identityOf(serverCertificate('rsa'));
    const identity = { ...own, chain: [...own.chain, new Uint8Array(2000)] };
    const pair = new DtlsPair({ ...clientOptions(), limits }, { ...serverOptions(), identityFor: () => identity });
    pair.run();
    expect(pair.outcome('client')).toBe('MESSAGE_TOO_LARGE');
  });

  it('a chain above the limit', () => {
    const own = identityOf(serverCertificate());
    const identity = { ...own, chain: Array.from({ length: 11 }, () => own.chain[0]!) };
    const pair = new DtlsPair(clientOptions(), { ...serverOptions(), identityFor: () => identity });
    pair.run();
    expect(pair.outcome('client')).toBe('BAD_CERTIFICATE');
  });

  it('pieces of messages that are never whole cannot keep out those that are', () => {
    const pair = new DtlsPair(clientOptions(), serverOptions());
    for (let count = 0; count < 5000; count++) {
      // One byte of a message of 60,000, of one of those that are next or come later.
      const piece = plainMessage('certificate', 1 + (count % 6), Uint8Array.of(count));
      piece.set([0, 0xea, 0x60], 14);
      piece.set([count >>> 8, count & 0xff], 20);
      pair.deliver('client', piece);
    }
    pair.run();
    expect([pair.outcome('client'), pair.outcome('server')]).toEqual(['open', 'open']);
  });
});

describe('the pseudorandom function', () => {
  it('gives what others have published for P_SHA256', () => {
    const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
    const output = pseudorandom(NODE_PRIMITIVES, 'sha256', {
      secret: hex('9bbe436ba940f017b17652849a71db35'),
      seed: hex('a0ba9f936cda311827a6f796ffd5198c'),
      label: 'test label',
      size: 100,
    });
    expect(Buffer.from(output).toString('hex')).toBe(
      'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7' +
        '077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66',
    );
  });
});
