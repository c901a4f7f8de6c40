// The pages for users of other clients: nothing of MQTT.js is left out, and what they show runs.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Broker } from '../../src/broker/index.ts';
import { connect } from '../../src/client/index.ts';

const MQTT_JS = new URL('../../../../node_modules/mqtt/build/lib/', import.meta.url);
const page = (name: string) => readFileSync(new URL(`../../../../docs/guide/${name}.md`, import.meta.url), 'utf8');
const declarations = readFileSync(new URL('client.d.ts', MQTT_JS), 'utf8');

/** The members of an interface as they are declared: lines with four spaces before them. */
function members(name: string): string[] {
  const body = new RegExp(`interface ${name}[^{]*\\{\\n(.*?)\\n\\}`, 's').exec(declarations)?.[1];
  if (body === undefined) throw new Error(`MQTT.js has no ${name} any more`);
  return [...body.matchAll(/^ {4}(\w+)\??:/gm)].map(([, member]) => member!);
}

describe('docs/guide/coming-from-mqttjs.md', () => {
  const text = page('coming-from-mqttjs');

  it.each([
    'IClientOptions',
    'ISecureClientOptions',
    'IClientPublishOptions',
    'IClientSubscribeOptions',
    'MqttClientEventCallbacks',
  ])('has every member of %s', (name) => {
    const all = members(name);
    expect(all.length).toBeGreaterThan(3);
    expect(all.filter((member) => !text.includes(`\`${member}\``))).toEqual([]);
  });

  it('has every public method', () => {
    const start = declarations.indexOf('class MqttClient');
    const methods = [...declarations.slice(start).matchAll(/^ {4}([a-z]\w+)\(/gm)].map(([, method]) => method!);
    const missing = new Set(methods.filter((method) => method !== 'constructor' && !text.includes(`\`${method}\``)));
    expect(methods.length).toBeGreaterThan(10);
    expect([...missing]).toEqual([]);
  });

  it('is about the version that is installed', () => {
    expect(readdirSync(MQTT_JS)).toContain('client.d.ts');
  });
});

describe.each(['coming-from-mqttjs', 'coming-from-rumqttc'])('the program in docs/guide/%s.md', (name) => {
  it('runs and says hello', async () => {
    const broker = new Broker({ systemTopicsIntervalMs: 0 });
    onTestFinished(() => broker.close());
    const { url } = await broker.listen('mqtt://127.0.0.1:0');
    const code = /^```js after\n(.*?)^```$/ms.exec(page(name))![1]!;
    const lines: unknown[][] = [];
    const body = code.replace(/^import .*$/m, '').replaceAll('mqtt://127.0.0.1:1883', url);
    const run = new Function('connect', 'console', `"use strict"; return (async () => {${body}})();`);
    await run(connect, { log: (...words: unknown[]) => void lines.push(words) });
    expect(lines.map((words) => words.at(-1))).toEqual(['hello']);
  });
});
