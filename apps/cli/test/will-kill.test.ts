// Wills about which a slow web service is being asked when the broker is killed: they were accepted with a CONNACK, so the next
// broker on the folder asks again and publishes them, once.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { connect } from '../../../packages/signalbox/src/transport/connect.ts';
import { TestClient } from '../../../packages/signalbox/test/support/test-client.ts';
import { type Command, signalbox } from './command.ts';

const LIMIT_MS = 120_000; // seconds for each start on a busy machine

const LASTING = { sessionExpiryInterval: 1000 };

/** Allows everything, but is silent about topics of `gone/…` while `isSilent`; `asked` are those. */
async function startService() {
  const service = { isSilent: false, asked: [] as string[], url: '' };
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      const { topic } = JSON.parse(text) as { topic: string };
      if (topic.startsWith('gone/')) service.asked.push(topic);
      if (topic.startsWith('gone/') && service.isSilent) return;
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return service;
}

async function client(url: string, clientId: string, options: object): Promise<TestClient> {
  const transport = await connect(url);
  onTestFinished(() => transport.destroy());
  return TestClient.connect(transport, { connect: { clientId, ...options } });
}

it(
  'a will that a web service is being asked about outlives the broker that is killed meanwhile',
  async () => {
    const data = mkdtempSync(join(tmpdir(), 'signalbox-will-kill-'));
    onTestFinished(() => rmSync(data, { recursive: true, force: true }));
    const service = await startService();
    const start = async (): Promise<{ readonly broker: Command; readonly url: string }> => {
      const rules = ['--acl-http', service.url, '--allow-anonymous'];
      const broker = signalbox('broker', '--listen', 'mqtt://127.0.0.1:0', '--data', data, ...rules);
      return { broker, url: (await broker.urls())[0]! };
    };
    let { broker, url } = await start();
    const watcher = await client(url, 'watcher', { properties: LASTING });
    await watcher.subscribe('gone/#', 1);
    const topics = ['gone/brief', 'gone/lasting'];
    const devices: TestClient[] = [];
    for (const topicName of topics) {
      const options = { will: { topicName, payload: 'w', qos: 1 }, properties: topicName === topics[0] ? {} : LASTING };
      devices.push(await client(url, topicName, options));
    }
    service.asked.length = 0; // with CONNECT, too
    service.isSilent = true;
    for (const device of devices) await device.destroy();
    await expect.poll(() => [...service.asked].sort()).toEqual(topics);
    broker.kill('SIGKILL');
    await broker.ended;
    service.isSilent = false;
    ({ broker, url } = await start());
    const again = await client(url, 'watcher', { cleanStart: false, properties: LASTING });
    const came = [await again.message(), await again.message()].map(({ topicName, text }) => `${topicName}=${text}`);
    expect(came.sort()).toEqual(topics.map((topicName) => `${topicName}=w`));
    await again.disconnect();
    broker.kill('SIGTERM');
    expect((await broker.ended).code).toBe(0);
    ({ url } = await start());
    const last = await client(url, 'watcher', { cleanStart: false, properties: LASTING });
    await last.publish('gone/last', 'l', { qos: 1 });
    expect(await last.messages()).toEqual(['gone/last=l']);
  },
  LIMIT_MS,
);
