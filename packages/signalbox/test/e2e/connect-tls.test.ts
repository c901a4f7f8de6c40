// Links over TLS: certificates of both sides, and every reason to refuse one.
import { describe, expect, it } from 'vitest';
import { turns } from '../transport/recorder.ts';
import { CLIENT_TLS, certificate, SERVER_TLS } from '../transport/stage.ts';
import { connectTo, listenAt } from './connect-stage.ts';

const identity = (name: string) => ({ cert: certificate(`${name}.crt`), key: certificate(`${name}.key`) });
const MUTUAL = { ...SERVER_TLS, ca: certificate('ca.crt'), requestCert: true };

describe('a link over TLS', () => {
  it('knows who the peer is, with certificates on both sides', async () => {
    const listener = await listenAt('tls://localhost:0', { tls: MUTUAL });
    const client = await connectTo(listener.url, { tls: { ...CLIENT_TLS, ...identity('client') } });
    const server = await listener.accept();
    expect(server!.peerCertificate()).toMatchObject({ commonName: 'device-1' });
    expect(client.peerCertificate()).toMatchObject({ commonName: 'localhost' });
    await client.send('secret');
    expect((await server!.receive())?.text).toBe('secret');
  });

  it.each([
    ['none', {}],
    ['one of a stranger', identity('stranger')],
  ])('lets nobody in who has to show a certificate and has %s', async (_, own) => {
    const listener = await listenAt('tls://localhost:0', { tls: MUTUAL });
    const outcome = await connectTo(listener.url, { tls: { ...CLIENT_TLS, ...own } })
      .then((client) => client.receive())
      .catch((error: Error & { code: string }) => error.code);
    // With TLS 1.3 the client is through before the server looks, and Node's server then only closes.
    expect(['TLS_FAILED', 'CONNECTION_LOST', undefined]).toContain(outcome);
    while (listener.statistics.failedHandshakes === 0) await turns(2);
    expect(listener.statistics).toMatchObject({ connections: 0, waiting: 0, failedHandshakes: 1 });
  });

  it.each([
    ['for another host', identity('other-server'), { ca: certificate('revoking-ca.crt') }, /other\.example/],
    ['of an authority nobody trusts', SERVER_TLS, {}, /certificate/],
    ['which has expired', identity('expired-server'), { ca: certificate('expired-server.crt') }, /expired/],
  ])('refuses a server with a certificate %s', async (_, own, trust, words) => {
    const listener = await listenAt('tls://localhost:0', { tls: own });
    const connecting = connectTo(listener.url, { tls: trust });
    await expect(connecting).rejects.toMatchObject({ code: 'TLS_FAILED', message: expect.stringMatching(words) });
  });

  it('takes a server by another name when told so', async () => {
    const listener = await listenAt('tls://localhost:0', { tls: identity('other-server') });
    const client = await connectTo(listener.url, {
      tls: { ca: certificate('revoking-ca.crt'), servername: 'other.example' },
    });
    expect(client.isOpen).toBe(true);
  });

  it('names no protocol, and is served by who names none', async () => {
    const listener = await listenAt('tls://localhost:0');
    const client = await connectTo(listener.url, { tls: { ...CLIENT_TLS, alpnProtocols: ['anything'] } });
    await client.send('x');
    expect((await (await listener.accept())!.receive())?.text).toBe('x');
  });

  it('does not wait for ever for a handshake, nor have too many of them', async () => {
    const { connect } = await import('node:net');
    const listener = await listenAt('tls://localhost:0', { handshakeTimeoutMs: 100, maximumHandshakes: 2 });
    const silent = [1, 2, 3].map(() =>
      connect(Number(new URL(listener.url).port), 'localhost')
        .on('error', () => {})
        .resume(),
    );
    while (listener.statistics.refused === 0 || listener.statistics.failedHandshakes < 2) await turns(5);
    expect((await connectTo(listener.url)).isOpen).toBe(true);
    for (const socket of silent) socket.destroy();
  });
});
