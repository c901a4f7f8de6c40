// The MSIP client with the stand-in of the reference server: with its habits, its ends, and beside a reference client.
import { describe, expect, it, onTestFinished } from 'vitest';
import { Flags } from '../../src/msip/header.ts';
import type { MsipClientOptions } from '../../src/msip-client/client-options.ts';
import { MsipClient } from '../../src/msip-client/index.ts';
import { MsipReferenceClient } from '../support/msip-reference-client.ts';
import { MsipReferenceServer } from '../support/msip-reference-server.ts';

/** A busy machine takes its time. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });

async function listen(port?: number): Promise<MsipReferenceServer> {
  const server = await MsipReferenceServer.listen(port === undefined ? {} : { port });
  onTestFinished(() => server.close());
  return server;
}

async function connected(port: number, options: MsipClientOptions = {}): Promise<MsipClient> {
  const client = new MsipClient({ port, reconnectDelay: 10, maxReconnectAttempts: 0, ...options });
  client.on('error', () => {});
  onTestFinished(() => client.disconnect({ flush: false }));
  await client.connect();
  return client;
}

/** A program as it is written for the reference: it knows nothing but that. */
async function program(client: MsipReferenceClient, port: number): Promise<string[]> {
  const lines: string[] = [];
  const acknowledged: bigint[] = [];
  client.on('ack', (msgId: bigint) => void acknowledged.push(msgId));
  client.on('message', (topic: string, message: string) => void lines.push(`${topic}: ${message}`));
  client.on('event', ({ header, topic }: { header: { frameType: number }; topic: string }) => {
    lines.push(`${header.frameType} ${topic}`);
  });
  client.on('pong', () => void lines.push('pong'));
  await client.connect();
  const subscribed = client.subscribe('room/1');
  await eventually(() => acknowledged).toContain(subscribed);
  const published = client.publish('room/1', 'hello', Flags.AckRequired);
  await eventually(() => acknowledged).toContain(published);
  const unsubscribed = client.unsubscribe('room/1');
  await eventually(() => acknowledged).toContain(unsubscribed);
  client.publish('room/1', 'nobody hears', Flags.None);
  client.ping();
  await eventually(() => lines).toContain('pong');
  lines.push(`connected ${client.isConnected()} on ${port > 0}`);
  client.disconnect();
  return lines;
}

describe('with the reference server', () => {
  it('a program made for the reference client runs unchanged', async () => {
    const server = await listen();
    const { port } = server;
    const theirs = await program(new MsipReferenceClient({ port, clientId: 'program-1' }), port);
    const ours = await program(new MsipClient({ port, clientId: 'program-2' }) as unknown as MsipReferenceClient, port);
    expect(ours).toEqual(theirs);
    expect(ours).toEqual(['room/1: hello', '5 room/1', 'pong', 'connected true on true']);
  });

  it('publishes and gets bytes, which its own client forces to text', async () => {
    const server = await listen();
    const client = await connected(server.port);
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const got: Uint8Array[] = [];
    await client.subscribeAsync('bytes', ({ payload }) => void got.push(payload));
    await client.publishAsync('bytes', bytes);
    await eventually(() => got.length).toBe(1);
    expect(Buffer.compare(got[0]!, bytes)).toBe(0);
  });

  it('takes its events for plain, which it marks COMPRESSED, and inflates what is compressed', async () => {
    const server = await listen();
    const client = await connected(server.port);
    const got: string[] = [];
    await client.subscribeAsync('t', ({ text, compression }) => void got.push(`${text.slice(0, 5)} ${compression}`));
    await client.publishAsync('t', 'plain');
    await client.publishAsync('t', 'small'.repeat(1_000), { compress: 'gzip' });
    await eventually(() => got).toEqual(['plain undefined', 'small gzip']);
  });

  it('comes back, and subscribes again, when connections are cut: the reference client forgets', async () => {
    const server = await listen();
    const client = await connected(server.port, { clientId: 'short' });
    const got: string[] = [];
    await client.subscribeAsync('t', ({ text }) => void got.push(text));
    for (let count = 1; count < 4; count++) {
      server.dropConnections();
      await eventually(() => server.received.filter((line) => line.startsWith('subscribe')).length).toBe(count + 1);
      await eventually(() => client.isConnected()).toBe(true);
      await client.publishAsync('t', String(count));
      await eventually(() => got).toContain(String(count));
    }
  });

  it('comes back when the server does, and sends what was published meanwhile: the Rust client announces it only', async () => {
    const first = await listen();
    const { port } = first;
    const client = await connected(port);
    const got: string[] = [];
    await client.subscribeAsync('t', ({ text }) => void got.push(text));
    await first.close();
    await eventually(() => client.isConnected()).toBe(false);
    const published = client.publishAsync('t', 'meanwhile');
    await listen(port);
    await published;
    await eventually(() => got).toEqual(['meanwhile']);
  });

  it('finds out that it hangs', async () => {
    const server = await listen();
    const client = await connected(server.port, { pingInterval: 100, pongTimeoutMs: 1_000 });
    await client.pingAsync();
    const ends: unknown[] = [];
    client.on('disconnect', (error) => ends.push(error));
    server.isMute = true;
    await eventually(() => ends.length).toBeGreaterThan(0);
    expect(ends[0]).toMatchObject({ code: 'PONG_TIMEOUT' });
  });

  it('is told of an ERROR without a number, and what was waiting rejects', async () => {
    const server = await listen();
    const client = await connected(server.port);
    const errors: Error[] = [];
    client.on('error', (error) => void errors.push(error));
    client.subscribe('t', false); // to which this server says ERROR and closes
    const published = client.publishAsync('t', 'x');
    await expect(published).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect(errors[0]).toMatchObject({
      code: 'SERVER_ERROR',
      message: 'the server says: acknowledgement not requested',
    });
    await eventually(() => client.isConnected()).toBe(true);
  });

  it('does not say an id again that this server would cut', async () => {
    const server = await listen();
    const client = await connected(server.port);
    expect(client.clientId).toBe('1');
    server.dropConnections();
    await eventually(() => server.received.length).toBe(2);
    await eventually(() => client.isConnected()).toBe(true);
  });
});
