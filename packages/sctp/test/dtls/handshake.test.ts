// Two of ours with one another: every kind of key exchange and key, certificates on both sides, names, good-byes.
import { describe, expect, it } from 'vitest';
import type { DtlsEvent } from '../../src/dtls/connection-events.ts';
import type { DtlsClientOptions, DtlsServerOptions } from '../../src/dtls/handshake-role.ts';
import { DtlsPair, type Side } from '../support/dtls-pair.ts';
import {
  clientCertificate,
  clientOptions,
  HOST,
  PSK,
  PSK_CLIENT,
  PSK_SERVER,
  serverCertificate,
  serverOptions,
} from '../support/dtls-parties.ts';

function connected(client: DtlsClientOptions, server: DtlsServerOptions): DtlsPair {
  const pair = new DtlsPair(client, server);
  pair.run();
  expect([pair.outcome('client'), pair.outcome('server')]).toEqual(['open', 'open']);
  return pair;
}

function sessionOf(pair: DtlsPair, side: Side) {
  const event = pair.events[side].find((one): one is DtlsEvent & { type: 'connected' } => one.type === 'connected');
  return event?.session;
}

describe('a handshake of two of ours', () => {
  it.each(['ec', 'ec384', 'rsa', 'ed25519'] as const)('with keys of type %s on both sides', (keyType) => {
    const server = serverOptions(serverCertificate(keyType), { clientCertificate: 'required' });
    const pair = connected(clientOptions(clientCertificate(keyType)), server);
    expect(sessionOf(pair, 'client')).toMatchObject({
      role: 'client',
      cipherSuite: `TLS_ECDHE_${keyType === 'rsa' ? 'RSA' : 'ECDSA'}_WITH_AES_128_GCM_SHA256`,
      isPeerTrusted: true,
      serverName: HOST,
      pskIdentity: undefined,
      peerChain: [serverCertificate(keyType).raw.slice(0, 0)].map(() => expect.any(Uint8Array)),
    });
    expect(sessionOf(pair, 'server')).toMatchObject({ role: 'server', isPeerTrusted: true, serverName: HOST });
    expect(sessionOf(pair, 'server')?.peerChain).toHaveLength(1);
  });

  it('data goes both ways, and a good-bye is answered', () => {
    const pair = connected(clientOptions(), serverOptions());
    pair.did('client', pair.client.send(Buffer.from('green')));
    pair.did('server', pair.server!.send(Buffer.from('red')));
    pair.run();
    expect([pair.received('client'), pair.received('server')]).toEqual([['red'], ['green']]);
    pair.did('client', pair.client.close());
    pair.run();
    expect([pair.outcome('client'), pair.outcome('server')]).toEqual(['closed', 'closed']);
  });

  it('with a shared key', () => {
    const pair = connected(PSK_CLIENT, PSK_SERVER);
    expect(sessionOf(pair, 'server')).toMatchObject({
      cipherSuite: 'TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256',
      pskIdentity: PSK.identity,
      isPeerTrusted: true,
    });
    expect(sessionOf(pair, 'client')).toMatchObject({ pskIdentity: PSK.identity, isPeerTrusted: true });
  });
});
