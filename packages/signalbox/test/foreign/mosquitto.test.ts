// mosquitto_pub and mosquitto_sub (Debian) exchange messages through the broker: every QoS, three versions, TCP, TLS,
// WebSocket and Unix sockets as far as these programs have them.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CA_FILE, type ForeignBroker, startForeignBroker } from './foreign-broker.ts';

let foreign: ForeignBroker;

beforeAll(async () => {
  foreign = await startForeignBroker();
});

afterAll(() => foreign.close());

type Scheme = 'mqtt' | 'mqtts' | 'unix';

function address(scheme: Scheme): string[] {
  const url = new URL(foreign.urls[scheme]);
  if (scheme === 'unix') return ['--unix', decodeURIComponent(url.pathname)];
  const host = ['-h', '127.0.0.1', '-p', url.port];
  return scheme === 'mqtts' ? [...host, '--cafile', CA_FILE] : host;
}

/** Runs to its end; answers what it printed, and throws what it complained about. */
async function run(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill());
  let output = '';
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${complaint}`);
  return output;
}

/** A mosquitto_sub that is subscribed, and what it prints until it has its messages. */
async function subscribe(args: readonly string[]): Promise<{ output: Promise<string> }> {
  const isSubscribed = new Promise<void>((resolve) => {
    const stop = foreign.broker.on('subscribed', () => {
      stop();
      resolve();
    });
  });
  const output = run('mosquitto_sub', args);
  output.catch(() => {}); // awaited by the test, after the subscription
  await Promise.race([isSubscribed, output]);
  return { output };
}

for (const version of ['mqttv31', 'mqttv311', 'mqttv5']) {
  for (const scheme of ['mqtt', 'mqtts', 'unix'] as const) {
    describe(`mosquitto_pub and mosquitto_sub over ${scheme}, ${version}`, () => {
      for (const qos of ['0', '1', '2']) {
        it(`[MQTT-7.0.0-2@3.1.1] exchange messages at QoS ${qos}`, async () => {
          const topic = `mosquitto/${scheme}/${version}/${qos}`;
          const common = [...address(scheme), '-V', version, '-q', qos];
          const { output } = await subscribe([...common, '-t', topic, '-C', '3', '-F', '%t %q %p']);
          for (const text of ['one', 'two', 'three']) await run('mosquitto_pub', [...common, '-t', topic, '-m', text]);
          expect((await output).trim().split('\n')).toEqual(
            ['one', 'two', 'three'].map((text) => `${topic} ${qos} ${text}`),
          );
        });
      }

      it('keep a retained message and clear it', async () => {
        const topic = `kept/${scheme}/${version}`;
        const common = [...address(scheme), '-V', version, '-t', topic];
        await run('mosquitto_pub', [...common, '-r', '-q', '1', '-m', 'kept']);
        expect((await run('mosquitto_sub', [...common, '-C', '1', '-F', '%r %p'])).trim()).toBe('1 kept');
        await run('mosquitto_pub', [...common, '-r', '-n', '-q', '1']);
        const { output } = await subscribe([...common, '-C', '1', '-F', '%r %p']);
        await run('mosquitto_pub', [...common, '-m', 'fresh']);
        expect((await output).trim()).toBe('0 fresh');
      });
    });
  }
}

describe('mosquitto_sub, version 5', () => {
  it('sees properties as they were published', async () => {
    const common = [...address('mqtt'), '-V', 'mqttv5', '-t', 'properties', '-q', '1'];
    const { output } = await subscribe([...common, '-C', '1', '-F', '%C|%R|%P|%p']);
    const properties = ['content-type text/plain', 'response-topic back', 'user-property key value'];
    const flags = properties.flatMap((property) => ['-D', 'publish', ...property.split(' ')]);
    await run('mosquitto_pub', [...common, ...flags, '-m', 'text']);
    expect((await output).trim()).toBe('text/plain|back|key:value|text');
  });

  it('is disconnected with a reason when its session is taken over', async () => {
    const args = [...address('mqtt'), '-V', 'mqttv5', '-t', 'x', '-i', 'same', '-d'];
    const { output } = await subscribe(args);
    const second = run('mosquitto_pub', [...address('mqtt'), '-V', 'mqttv5', '-i', 'same', '-t', 'y', '-m', '']);
    expect(await output).toContain('Received DISCONNECT (142)');
    await second;
  });
});
