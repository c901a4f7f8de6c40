// dtls-sctp:// of signalbox/connect over real sockets on the loopback.
import { createSocket } from 'node:dgram';
import { type Connection, connect, Datagram, listen } from 'signalbox/connect';
import { afterEach, describe, expect, it } from 'vitest';
import type { DtlsTlsClientOptions, DtlsTlsServerOptions } from '../../src/index.ts';
import { dtlsSctp } from '../../src/index.ts';
import { issue } from '../support/certificates.ts';
import { AUTHORITY, clientCertificate, HOST, serverCertificate } from '../support/dtls-parties.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const SERVER: DtlsTlsServerOptions = { ...serverCertificate().pem, ca: AUTHORITY.cert, requestCert: true };
const CLIENT: DtlsTlsClientOptions = { ...clientCertificate().pem, ca: AUTHORITY.cert, servername: HOST };

async function served(tls = SERVER) {
  const listener = await listen('dtls-sctp://127.0.0.1:0', { transports: [dtlsSctp({ tls })] });
  open.push(listener);
  return listener;
}

async function called(url: string, tls = CLIENT): Promise<Connection> {
  const client = await connect(url, { transports: [dtlsSctp({ tls })] });
  open.push(client);
  return client;
}

async function pair(
  server = SERVER,
  client = CLIENT,
): Promise<{ client: Connection; server: Connection; url: string }> {
  const listener = await served(server);
  const [one, first] = await Promise.all([called(listener.url, client), listener[Symbol.asyncIterator]().next()]);
  return { client: one, server: first.value as Connection, url: listener.url };
}

async function gather(connection: Connection, count: number): Promise<Datagram[]> {
  const all: Datagram[] = [];
  for await (const datagram of connection) {
    all.push(new Datagram(datagram.data.slice(), datagram.tag));
    if (all.length === count) break;
  }
  return all;
}

describe('dtls-sctp://', () => {
  it('carries datagrams both ways, in order, and knows who is there', async () => {
    const { client, server, url } = await pair();
    expect([client.protocol, client.remoteAddress]).toEqual(['dtls-sctp', url.slice('dtls-sctp://'.length)]);
    expect(server.remoteAddress).toBe(client.localAddress);
    expect(client.peerCertificate()?.subjectAltName).toBe('DNS:sign.example, IP Address:127.0.0.1');
    expect(server.peerCertificate()?.commonName).toBe('alice ec');
    const echo = (async () => {
      for await (const { data, tag } of server) await server.send(new Datagram(data.slice(), tag));
    })();
    const back = gather(client, 1000);
    for (let number = 0; number < 1000; number++) {
      await client.send(new Datagram(new Uint8Array(1 + (number % 700)).fill(number), number));
    }
    const datagrams = await back;
    expect(datagrams.map(({ tag }) => tag)).toEqual(Array.from({ length: 1000 }, (_, index) => index));
    for (const { data, tag } of datagrams) expect(data.every((byte) => byte === (tag & 255))).toBe(true);
    await client.close();
    await echo;
  });

  it('carries large ones to a reader that is slow', async () => {
    const { client, server } = await pair();
    const sizes = [1, 1164, 65_536, 1_000_000, 5_000_000, 5];
    const sent = (async () => {
      for (const [tag, size] of sizes.entries()) {
        await client.send(new Datagram(new Uint8Array(size).fill(tag + 1), tag));
      }
    })();
    const got = await gather(server, sizes.length);
    await sent;
    expect(got.map(({ data }) => data.length)).toEqual(sizes);
    for (const { data, tag } of got) expect(data.every((byte) => byte === tag + 1)).toBe(true);
  });

  it('ends one side while the other goes on', async () => {
    const { client, server } = await pair();
    await client.send(new Datagram(Uint8Array.of(1)));
    await client.endWriting();
    expect(await gather(server, 99)).toHaveLength(1);
    await server.send(new Datagram(Uint8Array.of(2)));
    await server.close();
    expect((await gather(client, 99)).map(({ data }) => data[0])).toEqual([2]);
  });

  it('a shared key in place of certificates', async () => {
    const psk = { identity: 'lamp-1', key: new Uint8Array(32).fill(1) };
    const { client, server } = await pair({ psk }, { psk });
    await client.send(new Datagram(Uint8Array.of(7)));
    expect(await gather(server, 1)).toMatchObject([{ data: Uint8Array.of(7) }]);
    expect([client.peerCertificate(), server.peerCertificate()]).toEqual([undefined, undefined]);
  });

  it('a fingerprint in place of an authority', async () => {
    const alone = issue({ name: 'alone' });
    const { client } = await pair(alone.pem, { fingerprints: [alone.fingerprint] });
    expect(client.peerCertificate()?.commonName).toBe('alone');
  });

  it('many clients behind one port', async () => {
    const listener = await served();
    const iterator = listener[Symbol.asyncIterator]();
    const clients = await Promise.all(Array.from({ length: 20 }, () => called(listener.url)));
    for (const [tag, client] of clients.entries()) await client.send(new Datagram(Uint8Array.of(tag), tag));
    const tags: (number | undefined)[] = [];
    for (const _ of clients) {
      const { value } = await iterator.next();
      open.push(value as Connection);
      tags.push((await gather(value as Connection, 1))[0]?.tag);
    }
    expect(tags.sort((left, right) => left! - right!)).toEqual(clients.map((_, index) => index));
  });
});

describe('who is not let in', () => {
  it.each([
    ['a server of another authority', { ca: issue({ name: 'another', isAuthority: true }).cert }, 'UNKNOWN_CA'],
    ['a server for another host', { servername: 'other.example' }, 'WRONG_HOST'],
    [
      'a server of an authority that was revoked',
      { revokedFingerprints: [AUTHORITY.fingerprint] },
      'CERTIFICATE_REVOKED',
    ],
    ['by a server that wants to see a certificate', { cert: undefined, key: undefined }, 'PEER_ALERT'],
    ['with an option nobody knows', { crl: 'x' }, 'INVALID_ARGUMENT'],
    ['with a limit out of its range', { limits: { records: 1 } }, 'INVALID_ARGUMENT'],
  ])('%s', async (_, options, code) => {
    const listener = await served();
    await expect(called(listener.url, { ...CLIENT, ...options } as DtlsTlsClientOptions)).rejects.toMatchObject({
      code,
    });
  });

  it('where nobody is, that is said soon', async () => {
    const closed = createSocket('udp4');
    await new Promise<void>((resolve) => closed.bind(0, '127.0.0.1', resolve));
    const { port } = closed.address();
    await new Promise<void>((resolve) => closed.close(resolve));
    await expect(called(`dtls-sctp://127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it.each(['dtls-sctp://127.0.0.1', 'dtls-sctp://127.0.0.1:99999', 'dtls-sctp://a:1/path', 'dtls-sctp://127.0.0.1:0'])(
    '%s is no address to call',
    async (url) => {
      await expect(called(url)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    },
  );

  it('gives up when the caller does', async () => {
    const deaf = createSocket('udp4');
    await new Promise<void>((resolve) => deaf.bind(0, '127.0.0.1', resolve));
    const url = `dtls-sctp://127.0.0.1:${deaf.address().port}`;
    const giveUp = new AbortController();
    const calling = connect(url, { transports: [dtlsSctp({ tls: CLIENT })], signal: giveUp.signal });
    deaf.once('message', () => giveUp.abort(new Error('no more')));
    await expect(calling).rejects.toThrow('no more');
    const late = connect(url, { transports: [dtlsSctp({ tls: CLIENT })], connectTimeoutMs: 50 });
    await expect(late).rejects.toMatchObject({ code: 'HANDSHAKE_TIMEOUT' });
    await new Promise<void>((resolve) => deaf.close(resolve));
  });
});
