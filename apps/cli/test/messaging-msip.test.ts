// `signalbox pub`, `sub` and `rr` by MSIP as processes, against a broker in this one.

import { connect } from 'signalbox';
import { MsipClient } from 'signalbox/msip';
import { describe, expect, it } from 'vitest';
import { signalbox, signalboxWith } from './command.ts';
import { start } from './messaging-support.ts';

const MSIP = 'msip://127.0.0.1:0';

/** A sub whose subscriptions the server has confirmed: the second ACK. */
async function subscribed(url: string, ...args: string[]) {
  const command = signalbox('sub', '-L', url, '-d', ...args);
  await command.told(/← ACK[\s\S]*← ACK/);
  return command;
}

describe('by MSIP', () => {
  it('pub publishes what sub prints, with kind and urgency', async () => {
    const { url } = await start({}, MSIP);
    const sub = await subscribed(url, '-t', 'a/+', '-v', '-C', '2');
    expect(await signalbox('pub', '-L', url, 'a/b', 'hello').ended).toEqual({ code: 0, stdout: '', stderr: '' });
    const args = ['-t', 'a/c', '-m', 'x'.repeat(500), '--kind', 'log', '--urgent', '--compress', 'gzip', '-q', '1'];
    expect((await signalbox('pub', '-L', url, ...args).ended).code).toBe(0);
    expect(await sub.ended).toMatchObject({ code: 0, stdout: `a/b hello\na/c ${'x'.repeat(500)}\n` });
  });

  it('what sub prints as JSON is what pub takes, by MSIP and by MQTT', async () => {
    const setting = await start({}, MSIP);
    const { url: mqttUrl } = await setting.broker.listen('mqtt://127.0.0.1:0');
    const sub = await subscribed(setting.url, '-t', 'a', '-F', 'json', '-C', '1');
    await signalbox('pub', '-L', setting.url, '-t', 'a', '-m', 'x', '--kind', 'metric', '--urgent').ended;
    const { stdout } = await sub.ended;
    const line = JSON.parse(stdout) as { properties: { userProperties: [string, string][] } };
    expect(line).toMatchObject({ topic: 'a', payload: 'x', qos: 0, retain: false });
    expect(line.properties.userProperties.slice(0, 2)).toEqual([
      ['msip-kind', 'metric'],
      ['msip-urgent', '1'],
    ]);
    const client = new MsipClient({ url: setting.url });
    await client.connect();
    const messages = (await client.subscribeAsync('b'))[Symbol.asyncIterator]();
    const again = JSON.stringify({ ...line, topic: 'b' });
    for (const url of [setting.url, mqttUrl]) {
      expect((await signalboxWith({ input: again }, 'pub', '-L', url, '--json-lines').ended).code).toBe(0);
      const { value } = await messages.next();
      expect([value!.text, value!.msgKind, value!.isUrgent]).toEqual(['x', 5, true]);
    }
    await client.disconnect();
  });

  it('an acknowledged session has what came while sub was away', async () => {
    const { url } = await start({}, MSIP);
    const first = await subscribed(url, '-t', 'jobs', '-c', '-i', 'worker', '-C', '1');
    await signalbox('pub', '-L', url, '-t', 'jobs', '-m', '1', '--acknowledge').ended;
    expect((await first.ended).stdout).toBe('1\n');
    await signalbox('pub', '-L', url, '-t', 'jobs', '-m', '2', '-q', '1').ended;
    const second = signalbox('sub', '-L', url, '-t', 'jobs', '-q', '1', '-i', 'worker', '-C', '1');
    expect(await second.ended).toMatchObject({ code: 0, stdout: '2\n' });
  });

  it('works over WebSocket with --msip, and with host and port', async () => {
    const setting = await start({}, 'ws://127.0.0.1:0/msip');
    const sub = await subscribed(setting.url, '--msip', '-t', 'a', '-C', '1');
    await signalbox('pub', '-L', setting.url, '--msip', '-t', 'a', '-m', 'by WebSocket').ended;
    expect((await sub.ended).stdout).toBe('by WebSocket\n');
    const { url } = await setting.broker.listen(MSIP);
    const { port } = new URL(url);
    expect((await signalbox('pub', '--msip', '-p', port, '-t', 'a', '-m', 'x', '-q', '1').ended).code).toBe(0);
  });

  it('rr asks a client of MQTT, whose answer goes to the topic that was named', async () => {
    const setting = await start({}, MSIP);
    const { url: mqttUrl } = await setting.broker.listen('mqtt://127.0.0.1:0');
    const mqtt = await connect(mqttUrl);
    await mqtt.subscribe('sum', async ({ text }) => {
      await mqtt.publish('answers/me', String(text.split('+').reduce((sum, one) => sum + Number(one), 0)));
    });
    await mqtt.publish('answers/me', 'an old one', { retain: true, qos: 1 });
    const rr = signalbox('rr', '-L', setting.url, '-t', 'sum', '-m', '1+2', '-e', 'answers/me');
    expect(await rr.ended).toEqual({ code: 0, stdout: '3\n', stderr: '' });
    await mqtt.close();
    const none = await signalbox('rr', '-L', setting.url, '-t', 'nobody', '-m', 'x', '-e', 'e', '-W', '0.5').ended;
    expect(none.code).toBe(27);
    const missing = await signalbox('rr', '-L', setting.url, '-t', 'sum', '-m', 'x').ended;
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('--response-topic') });
  });

  it('a refusal, nobody there, and no MSIP server each have their exit code', async () => {
    const setting = await start({ hooks: { authorize: (_, __, topic) => topic !== 'closed' } }, MSIP);
    const refused = await signalbox('pub', '-L', setting.url, '-t', 'closed', '-t', 'open', '-m', 'x', '-q', '1').ended;
    expect(refused.code).toBe(4);
    expect(refused.stderr).toMatch(/^signalbox: 'closed': publish was refused: .*\n$/);
    expect((await signalbox('sub', '-L', setting.url, '-t', 'closed').ended).code).toBe(4);
    expect((await signalbox('pub', '-L', 'msip://127.0.0.1:1', '-t', 'a', '-m', 'x').ended).code).toBe(2);
    const closed = await start({ hooks: { authenticate: () => false } }, MSIP);
    expect((await signalbox('pub', '-L', closed.url, '-t', 'a', '-m', 'x').ended).code).toBe(3);
  });

  it.each([
    [['pub', '-q', '2'], 'MSIP has no QoS 2'],
    [['pub', '-r'], 'MSIP has no --retain'],
    [['pub', '-D', 'publish', 'content-type', 'x'], 'MSIP has no --property'],
    [['pub', '--will-topic', 'w'], 'MSIP has no --will-topic'],
    [['pub', '-V', '5'], 'MSIP has no --protocol-version'],
    [['sub', '--retained-only'], 'MSIP has no --retained-only'],
    [['sub', '-q', '1'], 'needs --id'],
  ])('%j is one clear line', async ([name, ...args], words) => {
    const message = name === 'pub' ? ['-m', 'x'] : [];
    const { code, stderr } = await signalbox(name!, '-L', 'msip://127.0.0.1:1', '-t', 'a', ...message, ...args).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(words);
    expect(stderr.trimEnd().split('\n').length).toBe(1);
  });

  it('its options are for MSIP only', async () => {
    const { code, stderr } = await signalbox('pub', '-t', 'a', '-m', 'x', '--urgent').ended;
    expect([code, stderr]).toEqual([1, expect.stringContaining('--urgent is for MSIP')]);
  });
});
