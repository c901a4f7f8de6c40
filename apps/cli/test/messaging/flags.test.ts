// The tables of pub, sub and rr hold together, and each of their options is read as it is written.
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../src/command-error.ts';
import { misspelt } from '../../src/config/environment.ts';
import { ECHO } from '../../src/linking/echo-command.ts';
import { SEND } from '../../src/linking/send-command.ts';
import { readCommandLine } from '../../src/messaging/command-line.ts';
import type { FlagTable } from '../../src/messaging/flag-table.ts';
import { helpOf } from '../../src/messaging/messaging-command.ts';
import { PUB } from '../../src/messaging/pub-command.ts';
import { RR } from '../../src/messaging/rr-command.ts';
import { SUB } from '../../src/messaging/sub-command.ts';

const COMMANDS = [PUB, SUB, RR];

function read(table: FlagTable, args: readonly string[], environment = {}) {
  const { values, rest } = readCommandLine(table, args, { command: 'x', environment });
  const said = Object.entries(values).filter(([, value]) => value !== undefined && !isEmpty(value));
  return { ...Object.fromEntries(said), ...(rest.length === 0 ? {} : { rest }) };
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function doubled(words: readonly string[]): string[] {
  return words.filter((word, i) => words.indexOf(word) !== i);
}

describe.each([...COMMANDS, ECHO, SEND].map((command) => [command.name, command] as const))(
  'the table of %s',
  (name, command) => {
    const table: FlagTable = command.table;

    it('gives each option a name, a letter and a variable of its own, and says each in the help text', () => {
      expect(doubled(table.flatMap(({ flag, also = [] }) => [flag, ...also]))).toEqual([]);
      expect(doubled(table.flatMap(({ short }) => (short === undefined ? [] : [short])))).toEqual([]);
      expect(table.map(({ flag }) => flag)).toEqual(
        command.sections.flatMap(({ flags }) => flags.map(({ flag }) => flag)),
      );
      const help = helpOf(command);
      for (const { flag, short, help: words } of table) {
        expect(help).toMatch(new RegExp(`^ {2}${short === undefined ? '    ' : `-${short}, `}--${flag}( |$)`, 'm'));
        expect(words).toMatch(/[.?]$/);
      }
      for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
    });

    it('has examples that can be read', () => {
      for (const [line] of command.examples) {
        const words = [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
          ([, one, two, three]) => one ?? two ?? three!,
        );
        const own = words.slice(words.lastIndexOf(name) + 1);
        const end = own.indexOf('|');
        expect(() => read(table, end < 0 ? own : own.slice(0, end))).not.toThrow();
      }
    });

    it('does not have the broker think that its variables are misspelt', () => {
      const variables = table.flatMap(({ variable }) => (variable === undefined ? [] : [[variable, 'x'] as const]));
      expect(misspelt(Object.fromEntries(variables))).toEqual([]);
    });
  },
);

const USER_PROPERTY = { packet: 'publish', properties: { userProperties: [['by', 'me']] } };

const READ: readonly (readonly [string, string[], object])[] = [
  // the server
  ['pub', ['-L', 'mqtt://h'], { url: 'mqtt://h' }],
  ['pub', ['--url=mqtt://h'], { url: 'mqtt://h' }],
  ['pub', ['-h', 'h', '-p', '1884'], { host: 'h', port: 1884 }],
  ['pub', ['--hostname', 'h'], { host: 'h' }],
  ['pub', ['--protocol', 'wss', '--path', '/x'], { protocol: 'wss', path: '/x' }],
  ['pub', ['--unix', '/s'], { unix: '/s' }],
  [
    'pub',
    ['--header', 'A: b: c', '--header', 'D:e'],
    {
      header: [
        ['A', 'b: c'],
        ['D', 'e'],
      ],
    },
  ],
  ['pub', ['--proxy', 'socks5://p', '--key-password-file', 'f'], { proxy: 'socks5://p', 'key-password-file': 'f' }],
  ['pub', ['--connect-timeout', '5'], { 'connect-timeout': 5 }],
  ['pub', ['--msip', '--protocol', 'msips'], { msip: true, protocol: 'msips' }],
  // MSIP
  ['pub', ['--kind', 'log', '--urgent', '--compress', 'gzip'], { kind: 'log', urgent: true, compress: 'gzip' }],
  ['sub', ['--acknowledge'], { acknowledge: true }],
  // the session
  ['pub', ['-u', 'me', '-P', 'secret'], { username: 'me', password: 'secret' }],
  ['pub', ['--pw', '-x'], { password: '-x' }],
  ['pub', ['--password-file', 'f', '--scram'], { 'password-file': 'f', scram: true }],
  ['pub', ['-i', 'me', '-c'], { id: 'me', 'keep-session': true }],
  ['pub', ['--client-id', 'me', '--no-clean'], { id: 'me', 'keep-session': true }],
  ['pub', ['-I', 'me-'], { 'id-prefix': 'me-' }],
  ['pub', ['-x', '60'], { 'session-expiry': 60 }],
  ['pub', ['-x', '-1'], { 'session-expiry': 0xffff_ffff }],
  ['pub', ['-x', '∞'], { 'session-expiry': 0xffff_ffff }],
  ['pub', ['-k', '0'], { 'keep-alive': 0 }],
  ['pub', ['-V', '5'], { 'protocol-version': 5 }],
  ['pub', ['-V', 'mqttv5'], { 'protocol-version': 5 }],
  ['pub', ['-V', '311'], { 'protocol-version': 4 }],
  ['pub', ['-V', '3.1.1'], { 'protocol-version': 4 }],
  ['pub', ['-V', 'MQTTv311'], { 'protocol-version': 4 }],
  ['pub', ['-D', 'publish', 'user-property', 'by', 'me'], { property: [USER_PROPERTY] }],
  [
    'pub',
    ['-D', 'will', 'will-delay-interval', '3', '-r'],
    { property: [{ packet: 'will', properties: { willDelayInterval: 3 } }], retain: true },
  ],
  [
    'pub',
    ['-D', 'connect', 'request-problem-information', '0'],
    { property: [{ packet: 'connect', properties: { requestProblemInformation: false } }] },
  ],
  [
    'pub',
    ['-D', 'publish', 'correlation-data', 'é'],
    { property: [{ packet: 'publish', properties: { correlationData: new Uint8Array([0xc3, 0xa9]) } }] },
  ],
  ['sub', ['-D', 'subscribe', 'user-property', 'by', 'me'], { property: [{ ...USER_PROPERTY, packet: 'subscribe' }] }],
  [
    'sub',
    ['-D', 'disconnect', 'session-expiry-interval', '9'],
    { property: [{ packet: 'disconnect', properties: { sessionExpiryInterval: 9 } }] },
  ],
  // TLS
  ['pub', ['--tls', '--insecure'], { tls: true, insecure: true }],
  ['pub', ['--tls-use-os-certs'], { tls: true }],
  [
    'pub',
    ['--cafile', 'a', '--capath', 'b', '--cert', 'c', '--key', 'd'],
    { cafile: 'a', capath: 'b', cert: 'c', key: 'd' },
  ],
  ['pub', ['--ca', 'a'], { cafile: 'a' }],
  [
    'pub',
    ['--servername', 's', '--tls-version', 'tlsv1.3', '--ciphers', 'X'],
    { servername: 's', 'tls-version': 'tlsv1.3', ciphers: 'X' },
  ],
  // the will
  [
    'pub',
    ['--will-topic', 't', '--will-payload', 'p', '--will-qos', '1', '--will-retain'],
    { 'will-topic': 't', 'will-payload': 'p', 'will-qos': 1, 'will-retain': true },
  ],
  ['pub', ['--will-message', 'p'], { 'will-payload': 'p' }],
  ['pub', ['-d', '--quiet', '--help'], { debug: true, quiet: true, help: true }],
  // pub
  ['pub', ['-t', 'a', '-t', 'b', '-m', '-1'], { topic: ['a', 'b'], message: '-1' }],
  ['pub', ['-ta', '-m', ''], { topic: ['a'], message: '' }],
  ['pub', ['-rd', '-q2'], { retain: true, debug: true, qos: 2 }],
  ['pub', ['-f', 'x'], { file: 'x' }],
  ['pub', ['-n'], { null: true }],
  ['pub', ['--null-message'], { null: true }],
  ['pub', ['-s'], { stdin: true }],
  ['pub', ['-l'], { lines: true }],
  ['pub', ['--stdin-line'], { lines: true }],
  ['pub', ['--json-lines'], { 'json-lines': true }],
  ['pub', ['--repeat', '3', '--repeat-delay', '0.5', '--rate', '0.2'], { repeat: 3, 'repeat-delay': 500, rate: 0.2 }],
  ['pub', ['-M', '7', '-W', '1.5'], { 'max-inflight': 7, timeout: 1500 }],
  ['pub', ['a/b', 'hello'], { rest: ['a/b', 'hello'] }],
  ['pub', ['-r', '--', '-t', 'x'], { retain: true, rest: ['-t', 'x'] }],
  ['pub', ['-r', '-r'], { retain: true }],
  // sub
  ['sub', ['-t', 'a/+', '-T', 'a/b', '-U', 'c'], { topic: ['a/+'], 'filter-out': ['a/b'], unsubscribe: ['c'] }],
  ['sub', ['-q', '1', '-C', '3', '-W', '2', '-E'], { qos: 1, count: 3, timeout: 2000, 'exit-subscribed': true }],
  [
    'sub',
    ['--no-local', '-R', '--retain-as-published'],
    { 'no-local': true, 'no-retained': true, 'retain-as-published': true },
  ],
  ['sub', ['--retained-only', '--remove-retained'], { 'retained-only': true, 'remove-retained': true }],
  ['sub', ['-vN', '--watch', '--output', 'o'], { verbose: true, 'no-newline': true, watch: true, output: 'o' }],
  // rr
  [
    'rr',
    ['-t', 'a', '-e', 'b', '-W', '0', '-vN'],
    { topic: 'a', 'response-topic': 'b', timeout: 0, verbose: true, 'no-newline': true },
  ],
];

function tableOf(name: string): FlagTable {
  return COMMANDS.find((command) => command.name === name)!.table;
}

describe('options', () => {
  it.each(READ)('%s %j', (name, args, expected) => {
    expect(read(tableOf(name), args)).toEqual(expected);
  });

  it('are all in this test', () => {
    for (const { name, table } of COMMANDS) {
      const tested = new Set(READ.flatMap(([, , expected]) => Object.keys(expected)));
      tested.add('format'); // format.test.ts
      expect([name, (table as FlagTable).map(({ flag }) => flag).filter((flag) => !tested.has(flag))]).toEqual([
        name,
        [],
      ]);
    }
  });

  it('go before variables, and empty variables say nothing', () => {
    const environment = { SIGNALBOX_URL: 'mqtt://v', SIGNALBOX_PASSWORD: 'p', SIGNALBOX_USERNAME: '' };
    expect(read(PUB.table, ['-L', 'mqtt://f'], environment)).toEqual({ url: 'mqtt://f', password: 'p' });
  });
});

describe('a mistake is told in one line', () => {
  it.each<[string, string[], RegExp]>([
    ['pub', ['--mesage', 'x'], /no option --mesage; did you mean --message\?/],
    ['pub', ['--nonsense-that-is-long'], /no option --nonsense-that-is-long; see signalbox x --help/],
    ['pub', ['-topic', 'x'], /no option -topic; did you mean --topic\?/],
    ['pub', ['-Z'], /no option -Z; see/],
    ['pub', ['-rZ'], /no option -rZ: -Z/],
    ['pub', ['-m'], /-m is followed by TEXT/],
    ['pub', ['-h'], /--help is the help/],
    ['pub', ['-m', 'a', '-m', 'b'], /-m is given twice/],
    ['pub', ['--retain=yes'], /--retain takes no value/],
    ['pub', ['--property=x'], /with spaces between/],
    ['pub', ['-q', '3'], /^-q 3: must be 0, 1 or 2$/],
    ['pub', ['-p', '0'], /^-p 0: must be a whole number from 1 to 65535$/],
    ['pub', ['-k', '1e3'], /-k 1e3: must be a whole number/],
    ['pub', ['-x', 'forever'], /-x forever: must be/],
    ['pub', ['-V', '31'], /-V 31: must be 5 or 311/],
    ['pub', ['--protocol', 'http'], /must be one of mqtt, mqtts, msip, msips, ws or wss/],
    ['pub', ['--kind', 'alarm'], /must be one of event, command, state, log or metric/],
    ['pub', ['--compress', 'zip'], /must be one of gzip or zstd/],
    ['pub', ['--header', 'x'], /must be a header/],
    ['pub', ['--rate', '0'], /--rate 0: must be a number of messages a second/],
    ['pub', ['--repeat', '0'], /--repeat 0: must be/],
    ['pub', ['-W', '-1'], /-W -1: must be seconds/],
    ['pub', ['-D', 'publish', 'content-type'], /-D is followed by PACKET PROPERTY VALUE/],
    ['pub', ['-D', 'pblish', 'content-type', 'x'], /packet must be one of connect, publish/],
    ['pub', ['-D', 'publish', 'contenttype', 'x'], /did you mean content-type\?/],
    ['pub', ['-D', 'connect', 'content-type', 'x'], /content-type is for publish and will, not for connect/],
    ['pub', ['-D', 'publish', 'topic-alias', '0'], /whole number from 1 to 65535/],
    ['sub', ['-F', 'jsno'], /must be text, json, hex or a template such as '%t %p'; did you mean json\?/],
    ['sub', ['-F', '%z'], /there is no %z; there are %% %t/],
    ['sub', ['-F', 'constructor'], /must be text/],
    ['sub', ['-V', 'constructor'], /must be 5 or 311/],
    ['sub', ['--constructor'], /no option --constructor/],
    ['pub', ['-D', 'publish', 'constructor', 'x'], /no property constructor/],
    ['sub', ['-C', '0'], /-C 0: must be/],
  ])('%s %j', (name, args, words) => {
    let error: unknown;
    try {
      read(tableOf(name), args);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(CommandError);
    expect((error as CommandError).message).toMatch(words);
    expect((error as CommandError).message).not.toContain('\n');
    expect((error as CommandError).exitCode).toBe(1);
  });
});
