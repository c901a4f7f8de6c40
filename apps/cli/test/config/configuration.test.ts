// Where a value comes from, which one is in force, and what is said about one that cannot be.
import { describe, expect, it } from 'vitest';
import { effectiveYaml } from '../../src/config/effective.ts';
import { load, mistakes } from './load.ts';

describe('what is in force', () => {
  const file = 'queuePolicy: drop-oldest\nsysInterval: 3\nlimits:\n  sessions: 3\n  connections: 3\n';

  it('is the default when nothing is said', () => {
    const { values, listeners } = load({});
    expect(values.queuePolicy).toBe('drop-newest');
    expect(values.sysInterval).toBe(10_000);
    expect(values['limits.receiveMaximum']).toBe(1024);
    expect(listeners.map(({ url }) => url)).toEqual([
      'mqtt://127.0.0.1:1883',
      'ws://127.0.0.1:8083/mqtt',
      'msip://127.0.0.1:9000',
    ]);
  });

  it('is the flag before the variable before the file before the default', () => {
    const environment = { SIGNALBOX_LIMITS_SESSIONS: '2', SIGNALBOX_SYS_INTERVAL: '2m' };
    const { values } = load({ args: ['--limit', 'sessions=1'], environment, file });
    expect(values['limits.sessions']).toBe(1);
    expect(values.sysInterval).toBe(120_000);
    expect(values['limits.connections']).toBe(3);
    expect(values.queuePolicy).toBe('drop-oldest');
    expect(values['limits.inFlight']).toBe(1024);
  });

  it('an empty variable counts as absent, and so does an empty file', () => {
    expect(load({ environment: { SIGNALBOX_QUEUE_POLICY: '', SIGNALBOX_CONFIG: '' } }).values.queuePolicy).toBe(
      'drop-newest',
    );
    expect(load({ file: '# nothing\n' }).values.queuePolicy).toBe('drop-newest');
    expect(load({ file: 'limits:\n' }).values['limits.sessions']).toBe(1_000_000);
  });

  it('a switch is turned on and off', () => {
    expect(load({ args: ['--verbose'] }).values.verbose).toBe(true);
    expect(load({ file: 'verbose: true\n' }).values.verbose).toBe(true);
    expect(load({ args: ['--no-verbose'], file: 'verbose: true\n' }).values.verbose).toBe(false);
    expect(load({ environment: { SIGNALBOX_VERBOSE: 'yes' } }).values.verbose).toBe(true);
  });

  it('listeners are replaced as a whole, never mixed', () => {
    const twoListeners = 'listeners:\n  - url: mqtt://127.0.0.1:1\n  - url: mqtt://127.0.0.1:2\n';
    expect(load({ file: twoListeners }).listeners).toHaveLength(2);
    const environment = { SIGNALBOX_LISTENERS: 'mqtt://127.0.0.1:3, ws://127.0.0.1:4/mqtt' };
    expect(load({ file: twoListeners, environment }).listeners.map(({ url }) => url)).toEqual([
      'mqtt://127.0.0.1:3',
      'ws://127.0.0.1:4/mqtt',
    ]);
    const args = ['--listen', 'mqtt://127.0.0.1:5'];
    expect(load({ file: twoListeners, environment, args }).listeners.map(({ url }) => url)).toEqual([
      'mqtt://127.0.0.1:5',
    ]);
  });

  it('a listener without a word about TLS takes the section tls', () => {
    const { listeners } = load({
      file: `tls: { cert: common.crt, key: common.key, ca: common.ca }
listeners:
  - url: mqtts://127.0.0.1:1
  - url: mqtts://127.0.0.1:2
    tls: { cert: own.crt, key: own.key }
`,
    });
    expect(listeners[0]).toMatchObject({ 'tls.cert': 'common.crt', 'tls.key': 'common.key', 'tls.ca': 'common.ca' });
    expect(listeners[1]).toMatchObject({ 'tls.cert': 'own.crt', 'tls.key': 'own.key', 'tls.ca': undefined });
  });

  it('is shown as YAML that says where each value comes from, and leads to the same again', () => {
    const environment = { SIGNALBOX_SYS_INTERVAL: '2m' };
    const shown = effectiveYaml(load({ args: ['--limit', 'sessions=1'], environment, file }));
    expect(shown).toMatch(/^sysInterval: 2m # SIGNALBOX_SYS_INTERVAL$/m);
    expect(shown).toMatch(/^ {2}sessions: 1 # --limit sessions$/m);
    expect(shown).toMatch(/^queuePolicy: drop-oldest # .*broker\.yaml:1: queuePolicy$/m);
    expect(shown).toMatch(/^ {2}inFlight: 1024$/m);
    expect(shown.endsWith('\n')).toBe(true);
    expect(load({ file: shown }).values).toEqual(load({ args: ['--limit', 'sessions=1'], environment, file }).values);
  });

  it('is shown without the passwords of URLs', () => {
    const shown = effectiveYaml(load({ args: ['--listen', 'mqtt://user:secret@127.0.0.1:1883'] }));
    expect(shown).toContain('mqtt://user:***@127.0.0.1:1883');
    expect(shown).not.toContain('secret');
  });
});

describe('what is said about a mistake', () => {
  const cases: readonly [file: string, lines: readonly (string | RegExp)[]][] = [
    ['queuePolicie: x\n', ['broker.yaml:1: queuePolicie is not known here; did you mean queuePolicy?']],
    [
      '\n\nlimits:\n  conections: 5\n',
      ['broker.yaml:4: limits.conections is not known here; did you mean connections?'],
    ],
    [
      'queuePolicy: drop\n',
      [/^broker\.yaml:1: queuePolicy must be one of drop-newest, drop-oldest or disconnect, not "drop"$/],
    ],
    ['sysInterval: 10x\n', [/^broker\.yaml:1: sysInterval must be seconds .*, not "10x"$/]],
    ['limits:\n  sessions: -1\n', [/^broker\.yaml:2: limits\.sessions must be a whole number from 1, not -1$/]],
    ['listeners:\n  - tls: {}\n', ['broker.yaml:2: listeners.0 needs url']],
    [
      'listeners:\n  - url: mqtt://h:1\n    tsl: {}\n',
      ['broker.yaml:3: listeners.0.tsl is not known here; did you mean tls?'],
    ],
    [
      'listeners:\n  - url: mqtt://h:1\n    tls: { cert: 5 }\n',
      ['broker.yaml:3: listeners.0.tls.cert must be a text that is not empty, not 5'],
    ],
    ['listeners:\n  - mqtt://h:1\n', ['broker.yaml:2: listeners.0 must have keys and values']],
    ['listeners: mqtt://h:1\n', [/^broker\.yaml:1: listeners must be a list/]],
    ['- a\n- b\n', ['broker.yaml:1: the file must have keys and values']],
    ['a: [\n', [/^broker\.yaml:2: /]],
    ['verbose: true\nverbose: false\n', [/^broker\.yaml:2: .*unique/]],
    [
      'unknown: 1\nverbose: 3\n',
      [/^broker\.yaml:1: unknown is not/, /^broker\.yaml:2: verbose must be true or false, not 3$/],
    ],
  ];
  for (const [file, lines] of cases) {
    it(JSON.stringify(file), () => {
      const found = mistakes({ file });
      expect(found).toHaveLength(lines.length);
      for (const [i, line] of lines.entries()) {
        if (typeof line === 'string') expect(found[i]).toBe(line);
        else expect(found[i]).toMatch(line);
      }
    });
  }

  it('a file that is not there, and one that refers to itself without end', () => {
    expect(mistakes({ args: ['--config', '/nowhere.yaml'] })).toEqual(['--config /nowhere.yaml: ENOENT']);
    const bomb = ['a: &a [1,1,1,1,1,1,1,1,1]', 'b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]', 'c: [*b,*b,*b,*b,*b,*b,*b,*b,*b]'];
    expect(mistakes({ file: `${bomb.join('\n')}\nd: [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n` })[0]).toMatch(/^broker\.yaml/);
  });

  it('names the variable, and what a variable with nearly such a name may have meant', () => {
    expect(mistakes({ environment: { SIGNALBOX_QUEUE_POLICY: 'x' } })[0]).toMatch(
      /^SIGNALBOX_QUEUE_POLICY must be one of/,
    );
    expect(load({ environment: { SIGNALBOX_QUEUE_POLICI: 'x', SIGNALBOX_PORT: '1' } }).warnings).toEqual([
      'SIGNALBOX_QUEUE_POLICI is not known; did you mean SIGNALBOX_QUEUE_POLICY?',
    ]);
  });

  it('warns of a listener that is to wait for less than the database tells of', () => {
    const file = (data: string) => `data: ${data}\nlisteners:\n  - url: mqtt://127.0.0.1:1\n    durability: process\n`;
    const [warning] = load({ file: file('kept') }).warnings;
    expect(warning).toMatch(/^mqtt:\/\/127\.0\.0\.1:1: durability process waits for the disk here all the same/);
    expect(load({ file: file('kept'), args: ['--durability', 'process'] }).warnings).toEqual([]);
    expect(load({ file: file("'memory:'") }).warnings).toEqual([]);
    expect(load({ file: file('kept').replace('process', 'memory') }).warnings).toEqual([]);
  });

  it('names the flag, and what it may have meant', () => {
    expect(mistakes({ args: ['--queue-policy', 'x'] })[0]).toMatch(/^--queue-policy must be one of .*, not "x"$/);
    expect(mistakes({ args: ['--queue-polici', 'x'] })[0]).toMatch(/'--queue-polici'; did you mean --queue-policy\?$/);
    expect(mistakes({ args: ['--limit', 'sesions=1'] })[0]).toMatch(/no limit sesions; did you mean sessions\?/);
  });

  it('a secure listener without a certificate is named by where it was said', () => {
    const [first] = mistakes({ file: 'listeners:\n  - url: mqtts://127.0.0.1:1\n' });
    expect(first).toBe(
      'broker.yaml:1: listeners mqtts://127.0.0.1:1 needs --tls-cert and --tls-key, or tls.cert and tls.key',
    );
  });
});
