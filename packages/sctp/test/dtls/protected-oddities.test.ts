// What a peer with the right keys may still do wrong: alerts and handshakes in an open connection, public keys that are none,
// names and chains of odd shapes.
import { describe, expect, it } from 'vitest';
import { concat } from '../../src/dtls/byte-fields.ts';
import { readCertificates } from '../../src/dtls/certificate-messages.ts';
import { readClientHello } from '../../src/dtls/client-hello.ts';
import { DtlsConnection } from '../../src/dtls/connection.ts';
import { alertName } from '../../src/dtls/errors.ts';
import { checkExtendedMasterSecret, readServerName } from '../../src/dtls/extensions.ts';
import { HANDSHAKE_TYPES, type HandshakeType, wholeMessage } from '../../src/dtls/handshake-message.ts';
import { checkFollower } from '../../src/dtls/handshake-states.ts';
import { readServerKeyExchange } from '../../src/dtls/key-exchange-messages.ts';
import { dtlsLimitsOf } from '../../src/dtls/limits.ts';
import type { Primitives } from '../../src/dtls/primitives.ts';
import { Reassembly } from '../../src/dtls/reassembly.ts';
import { readRecord, readRecords, writePlainRecord } from '../../src/dtls/record.ts';
import { NODE_PRIMITIVES } from '../../src/node-crypto/primitives.ts';
import { DtlsPair, type Side } from '../support/dtls-pair.ts';
import { clientCertificate, clientOptions, PSK_CLIENT, PSK_SERVER, serverOptions } from '../support/dtls-parties.ts';
import { plainMessage, splitRecords } from '../support/dtls-wire.ts';

/** Primitives whose next record gets another type: with it, `send` says things that are no data. */
class Disguise {
  type: number | undefined = undefined;
  readonly primitives: Primitives = {
    ...NODE_PRIMITIVES,
    aead: (key) => {
      const aead = NODE_PRIMITIVES.aead(key);
      return {
        open: aead.open,
        seal: (input, target, at) => {
          if (this.type !== undefined) target[0] = input.additional[8] = this.type;
          this.type = undefined;
          aead.seal(input, target, at);
        },
      };
    },
  };
}

/** What happens when one side of an open connection says this. */
function says(from: Side, type: number, content: Uint8Array, times = 1): DtlsPair {
  const disguise = new Disguise();
  const { primitives } = disguise;
  const pair = new DtlsPair({ ...PSK_CLIENT, primitives }, { ...PSK_SERVER, primitives });
  pair.run();
  for (let time = 0; time < times; time++) {
    disguise.type = type;
    pair.did(from, (from === 'client' ? pair.client : pair.server!).send(content));
  }
  pair.run();
  return pair;
}

function message(type: HandshakeType | 'unknown', messageSequence: number): Uint8Array {
  const id = type === 'unknown' ? 77 : HANDSHAKE_TYPES[type];
  return wholeMessage({ type: id, messageSequence, body: new Uint8Array(4) });
}

const [ALERT, HANDSHAKE] = [21, 22];

describe('alerts in an open connection', () => {
  it('a fatal one ends it, by its number', () => {
    const pair = says('client', ALERT, Uint8Array.of(2, 90));
    expect(pair.events.server.at(-1)).toMatchObject({ type: 'closed', error: { code: 'PEER_ALERT', alert: 90 } });
  });

  it('a warning, and half of one, change nothing', () => {
    expect(says('client', ALERT, Uint8Array.of(1, 90)).outcome('server')).toBe('open');
    expect(says('client', ALERT, Uint8Array.of(2)).outcome('server')).toBe('open');
    expect(says('client', ALERT, new Uint8Array(0)).outcome('server')).toBe('open');
  });

  it('have names where we know them', () => {
    expect([alertName(51), alertName(200)]).toEqual(['decrypt_error', 'alert 200']);
  });
});

describe('handshakes in an open connection', () => {
  it.each([
    ['client', 'client-hello'],
    ['server', 'hello-request'],
  ] as const)('a %s that says %s is told that nobody renegotiates, eight times at most', (from, type) => {
    const pair = says(from, HANDSHAKE, message(type, 0), 20);
    expect([pair.outcome('client'), pair.outcome('server')]).toEqual(['open', 'open']);
    const other = from === 'client' ? 'server' : 'client';
    const alerts = pair.sent.filter((one) => one.from === other && one.bytes[0] === ALERT);
    expect(alerts.length).toBe(8);
  });

  it.each(['server-hello', 'certificate', 'finished', 'unknown'] as const)('%s ends it', (type) => {
    const pair = says('client', HANDSHAKE, message(type, 100));
    expect([pair.outcome('server'), pair.outcome('client')]).toEqual(['UNEXPECTED_MESSAGE', 'PEER_ALERT']);
  });

  it('a Finished that was had already is a sign that ours was lost', () => {
    const pair = says('client', HANDSHAKE, message('finished', 1));
    expect([pair.outcome('client'), pair.outcome('server')]).toEqual(['open', 'open']);
  });
});

describe('public keys that are none', () => {
  const broken: Primitives = {
    ...NODE_PRIMITIVES,
    keyShare: (group) => ({ ...NODE_PRIMITIVES.keyShare(group), publicKey: new Uint8Array(32) }),
  };

  it('of a client', () => {
    const pair = new DtlsPair({ ...PSK_CLIENT, primitives: broken }, PSK_SERVER);
    pair.run();
    expect([pair.outcome('client'), pair.outcome('server')]).toEqual(['PEER_ALERT', 'ILLEGAL_PARAMETER']);
  });

  it('of a server', () => {
    const pair = new DtlsPair(clientOptions(), { ...serverOptions(), primitives: broken });
    pair.run();
    expect([pair.outcome('client'), pair.outcome('server')]).toEqual(['ILLEGAL_PARAMETER', 'PEER_ALERT']);
  });
});

describe('odd shapes', () => {
  it('a certificate with nothing in it, and bytes behind a chain', () => {
    expect(() => readCertificates(Uint8Array.of(0, 0, 3, 0, 0, 0), 10)).toThrow(/empty certificate/);
    expect(() => readCertificates(Uint8Array.of(0, 0, 0, 1), 10)).toThrow(/behind the end/);
  });

  it('an extended master secret with content', () => {
    const check = () => checkExtendedMasterSecret(new Map([[23, Uint8Array.of(1)]]));
    expect(check).toThrow(expect.objectContaining({ code: 'DECODE_ERROR' }));
  });

  it.each([
    ['none', undefined, undefined],
    ['of another kind', [0, 5, 1, 0, 2, 97, 98], undefined],
    ['empty', [0, 3, 0, 0, 0], undefined],
    ['the first of two', [0, 8, 0, 0, 1, 97, 0, 0, 1, 98], 'a'],
  ])('a server name: %s', (_, content, name) => {
    expect(readServerName(content && Uint8Array.from(content))).toBe(name);
  });

  it('a message of later that is too large is not kept, and no reason to end', () => {
    const reassembly = new Reassembly(dtlsLimitsOf({ handshakeMessageBytes: 1024 }), 0);
    const fragment = { type: 11, length: 2000, offset: 0, bytes: new Uint8Array(10) };
    expect(reassembly.add({ ...fragment, messageSequence: 1 }, 0)).toBe('dropped');
    expect(() => reassembly.add({ ...fragment, messageSequence: 0 }, 0)).toThrow(/2000 bytes/);
    expect(reassembly.add({ ...fragment, length: 10, messageSequence: 8 }, 0)).toBe('dropped');
  });

  it('what does not fit to what was kept takes its place', () => {
    const reassembly = new Reassembly(dtlsLimitsOf(), 0);
    const bytes = Uint8Array.of(1);
    const base = { type: 11, length: 2, offset: 0, messageSequence: 0, bytes };
    expect(reassembly.add(base, 0)).toBe('kept');
    expect(reassembly.add(base, 0)).toBe('dropped');
    expect(reassembly.add({ ...base, type: 12 }, 0)).toBe('kept');
    expect(reassembly.take()).toBeUndefined();
    expect(reassembly.add({ ...base, type: 12, offset: 1 }, 0)).toBe('kept');
    expect(reassembly.take()).toMatchObject({ type: 12, body: Uint8Array.of(1, 1) });
    expect(reassembly.add(base, 0)).toBe('old');
  });

  it('a client that has only a signature nobody takes shows no certificate', () => {
    const identity = { ...clientOptions(clientCertificate()).identity!, keyType: 'rsa' as const };
    const pair = new DtlsPair(
      { ...clientOptions(), identity },
      serverOptions(undefined, { clientCertificate: 'requested' }),
      {
        // The server says that it takes elliptic keys alone.
        tamper(datagram, from) {
          const at = from === 'server' ? Buffer.from(datagram).indexOf(Buffer.from([2, 64, 1, 0, 20])) : -1;
          if (at >= 0) datagram[at + 2] = 64;
          return [datagram];
        },
      },
    );
    pair.run(25);
    expect(pair.sent.at(-1)?.from).toBe('client');
    // Finished cannot match after that.
    pair.run();
    expect(pair.outcome('server')).not.toBe('open');
  });
});

describe('readers', () => {
  it('a hello may end before its extensions', () => {
    const body = new Uint8Array(2 + 32 + 1 + 1 + 2 + 2);
    body[37] = 2; // one cipher suite, and no compression
    expect(readClientHello(Uint8Array.from([...body, 0])).extensions.size).toBe(0);
  });

  it('a hint which shared key to use is passed over', () => {
    expect(readServerKeyExchange(Uint8Array.of(0, 1, 7), 'psk').share).toBeUndefined();
  });

  it('a record of 1.0 is one in the clear only', () => {
    const record = writePlainRecord(HANDSHAKE, 0, Uint8Array.of(1));
    record[2] = 0xff;
    expect(readRecord(record, 0)).toBeDefined();
    record[4] = 1;
    expect(readRecord(record, 0)).toBeUndefined();
  });

  it('a state that does not follow is our own mistake', () => {
    expect(() => checkFollower(['a', 'b'], 'c')).toThrow(expect.objectContaining({ code: 'INTERNAL_ERROR' }));
  });
});

describe('a client that leaves before the server has heard of its keys', () => {
  it('what comes behind them in the same record is not looked at', () => {
    const held: Uint8Array[] = [];
    const pair = new DtlsPair(PSK_CLIENT, PSK_SERVER, {
      tamper(datagram, from, index) {
        if (from === 'server' || index < 4) return [datagram];
        held.push(datagram);
        return [];
      },
    });
    pair.run(24);
    pair.did('client', pair.client.close());
    const [keys, , finished, goodbye] = held.flatMap(splitRecords);
    for (const early of [finished!, goodbye!]) pair.deliver('server', early);
    expect(pair.outcome('server')).toBe('handshaking');
    const [record] = readRecords(keys!);
    pair.deliver('server', writePlainRecord(HANDSHAKE, 9, concat(record!.fragment, message('certificate', 4))));
    expect(pair.events.server.map(({ type }) => type)).toEqual(['connected', 'closed']);
    expect(pair.outcome('server')).toBe('closed');
  });
});

describe('servers that make no sense', () => {
  const hello = { hello: undefined, message: undefined, recordSequence: 0 } as never;
  it.each([
    ['without certificate and keys', { primitives: NODE_PRIMITIVES }],
    ['that ask for certificates and cannot verify them', { ...PSK_SERVER, clientCertificate: 'required' as const }],
  ])('%s', (_, options) => {
    expect(() => DtlsConnection.server(options, hello, 0)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('what follows the message that ended it in the same record is not looked at', () => {
    const pair = new DtlsPair(PSK_CLIENT, PSK_SERVER, { loss: 1 });
    const wrong = message('certificate', 0);
    pair.deliver('client', writePlainRecord(HANDSHAKE, 0, concat(wrong, wrong)));
    expect(pair.events.client.filter(({ type }) => type === 'closed').length).toBe(1);
    expect(pair.outcome('client')).toBe('UNEXPECTED_MESSAGE');
  });

  it('more protected records before the keys than are kept are lost, and the handshake goes on', () => {
    const pair = new DtlsPair(PSK_CLIENT, PSK_SERVER);
    const early = Uint8Array.of(23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 1, 9);
    for (let count = 0; count < 100; count++) pair.deliver('client', early);
    pair.run();
    expect(pair.outcome('client')).toBe('open');
  });

  it('a client in a handshake drops what is no part of it', () => {
    const pair = new DtlsPair(PSK_CLIENT, PSK_SERVER, { loss: 1 });
    for (const sequence of [0, 1, 9]) pair.deliver('client', plainMessage('finished', sequence));
    expect(pair.outcome('client')).toBe('handshaking');
  });
});
