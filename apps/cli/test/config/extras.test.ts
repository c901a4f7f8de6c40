// The settings of docs/guide/extras.md and docs/guide/compat.md, as a file says them and a broker takes them.
import { readFileSync } from 'node:fs';
import { Broker } from 'signalbox/broker';
import { describe, expect, it } from 'vitest';
import { extrasOf } from '../../src/broker-assembly.ts';
import { listenerPlans } from '../../src/listener-assembly.ts';
import { load, mistakes } from './load.ts';

/** The YAML in a guide. */
function yamlOf(guide: string): string {
  const text = readFileSync(new URL(`../../../../docs/guide/${guide}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml]) => yaml).join('\n');
}

describe('the YAML of the guides', () => {
  it('extras.md: a broker takes every setting as it is written', async () => {
    const options = extrasOf(load({ file: yamlOf('extras.md') }));
    expect(options).toMatchObject({
      sharing: { strategy: 'least-in-flight', groups: { audit: 'hash-topic' } },
      rewrites: [
        { from: 'v1/+/telemetry/#', to: 'telemetry/$1/$2' },
        { from: 'me/#', to: 'clients/%c/$1' },
      ],
      autoSubscribe: [{ topicFilter: 'commands/%c', qos: 1 }],
      retainedExpiry: [{ topicFilter: 'presence/#', seconds: 86_400 }],
      responseInformation: 'replies/%c',
    });
    await new Broker(options).close();
  });

  it('compat.md: each listener gets its own', () => {
    const plans = listenerPlans(load({ file: yamlOf('compat.md') }));
    expect(plans.map(({ options }) => options.compat)).toEqual([
      undefined,
      ['password-without-username', 'dup-at-qos-0'],
    ]);
  });

  it('wrong ones are refused at their lines', async () => {
    const wrong =
      'sharing:\n  strategy: best\nrewrites:\n  - { from: a }\nlisteners:\n  - { url: "mqtt://127.0.0.1:0", compat: [everything] }\n';
    const lines = mistakes({ file: wrong });
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^broker\.yaml:2: sharing\.strategy must be one of round-robin, random, /);
    expect(lines[1]).toMatch(/^broker\.yaml:4: rewrites/);
    expect(lines[2]).toMatch(/^broker\.yaml:6: listeners.*compat/);
  });
});
