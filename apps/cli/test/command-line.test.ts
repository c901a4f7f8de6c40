// What the command says to what it is asked, without a broker that runs: help, version, and one clear line per mistake.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Command, signalbox } from './command.ts';
import { startListener } from './listener.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

describe('signalbox', () => {
  for (const option of ['--help', '-h', 'help']) {
    it(`${option} tells the commands and ends with 0`, async () => {
      const { code, stdout, stderr } = await signalbox(option).ended;
      expect(code).toBe(0);
      expect(stdout).toMatch(/Usage: signalbox <command>/);
      for (const command of ['broker', 'pub', 'sub', 'rr', 'passwd', 'trace']) {
        expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
      }
      expect(stderr).toBe('');
    });
  }

  for (const option of ['--version', '-v']) {
    it(`${option} prints the version alone`, async () => {
      expect(await signalbox(option).ended).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    });
  }

  it('without a command tells how to use it and ends with 1', async () => {
    const { code, stdout } = await signalbox().ended;
    expect(code).toBe(1);
    expect(stdout).toMatch(/Usage: signalbox/);
  });

  it('broker --help names every option', async () => {
    const { code, stdout, stderr } = await signalbox('broker', '--help').ended;
    expect(code).toBe(0);
    for (const option of [
      'listen',
      'data',
      'tls-cert',
      'tls-key',
      'tls-ca',
      'limit',
      'limits',
      'queue-policy',
      'sys-interval',
      'verbose',
      'help',
    ]) {
      expect(stdout).toContain(`--${option} `);
    }
    expect(stderr).toBe('');
  });

  it.each(['pub', 'sub', 'rr', 'broker'])('help %s is the same as %s --help', async (command) => {
    const [help, flag] = await Promise.all([signalbox('help', command).ended, signalbox(command, '--help').ended]);
    expect(help).toEqual(flag);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(new RegExp(`^signalbox ${command} — `));
    if (command !== 'broker') expect(help.stdout).toMatch(/^Examples:\n {2}# .*\n {2}signalbox /m);
  });

  it('broker --limits prints names and numbers that --limit takes back', async () => {
    const { code, stdout } = await signalbox('broker', '--limits').ended;
    expect(code).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines).toContain('receiveMaximum=1024');
    for (const line of lines) expect(line).toMatch(/^[a-zA-Z]+=\d+$/);
    const again = await signalbox('broker', ...lines.flatMap((line) => ['--limit', line]), '--limits').ended;
    expect(again.code).toBe(0);
  });

  it('is the same through npx', async () => {
    const { code, stdout } = await new Command('npx', ['--no-install', 'signalbox', 'broker', '--help']).ended;
    expect(code).toBe(0);
    expect(stdout).toBe((await signalbox('broker', '--help').ended).stdout);
  });
});

describe('a mistake is one clear line on stderr and exit code 1', () => {
  const mistakes: [string[], RegExp][] = [
    [['brokr'], /no command brokr; did you mean broker\?/],
    [['constructor'], /no command constructor/],
    [['help', 'nonsense'], /no command nonsense; see signalbox --help/],
    [['--verbose'], /--verbose/],
    [['broker', '--lisen', 'x'], /'--lisen'/],
    [['broker', 'extra'], /'extra'/],
    [['broker', '--listen'], /--listen/],
    [['broker', '--limit', 'nonsense=1'], /no limit nonsense/],
    [['broker', '--limit', 'connections=many'], /--limit connections.*"many"/],
    [['broker', '--limit', 'connections'], /--limit connections/],
    [['broker', '--limit', 'connections=-1'], /connections/],
    [['broker', '--limit', 'receiveMaximum=65536'], /receiveMaximum.*65535/],
    [['broker', '--limit', 'connections=1=2'], /connections/],
    [['broker', '--limit', 'queuedMessages=99999999999999999999'], /queuedMessages/],
    [
      ['broker', '--queue-policy', 'drop'],
      /--queue-policy.*drop-newest, drop-oldest or disconnect|--queue-policy.*"drop"/,
    ],
    [['broker', '--sys-interval', 'often'], /--sys-interval.*"often"/],
    [['broker', '--data', 'file:/tmp/x'], /--data file:\/tmp\/x.*memory:/],
    [['broker', '--durability', 'always'], /--durability.*memory, process or disk/],
    [
      ['broker', '--data', 'memory:', '--durability', 'disk'],
      /durability disk is more than the store of this broker keeps/,
    ],
    [['broker', '--data', 'package.json', '--listen', 'mqtt://127.0.0.1:0'], /package\.json/],
    [['broker', '--data', ''], /--data/],
    [['broker', '--listen', 'nowhere'], /nowhere/],
    [['broker', '--listen', 'http://127.0.0.1:0'], /http/],
    [['broker', '--listen', 'mqtt://127.0.0.1:99999'], /99999/],
    [['broker', '--listen', 'mqtt://192.0.2.1:1883'], /192\.0\.2\.1/],
    [['broker', '--listen', 'mqtts://127.0.0.1:0'], /--tls-cert and --tls-key/],
    [['broker', '--listen', 'wss://127.0.0.1:0/mqtt'], /--tls-cert and --tls-key/],
    [['broker', '--tls-cert', 'x'], /--tls-cert and --tls-key go together/],
    [['broker', '--tls-ca', 'x'], /--tls-cert and --tls-key go together/],
    [['broker', '--tls-cert', '/nowhere.crt', '--tls-key', '/nowhere.key'], /--tls-cert \/nowhere\.crt.*ENOENT/],
    [
      ['broker', '--listen', 'mqtts://127.0.0.1:0', '--tls-cert', 'package.json', '--tls-key', 'package.json'],
      /mqtts|certificate|PEM|TLS/i,
    ],
    [['broker', '--listen', 'unix:///no/such/folder/x.sock'], /no\/such\/folder/],
  ];

  for (const [args, pattern] of mistakes) {
    it(args.join(' '), async () => {
      const { code, stderr } = await signalbox(...args).ended;
      expect(stderr).toMatch(pattern);
      expect(stderr).toMatch(/^signalbox: [^\n]+\n$/);
      expect(code).toBe(1);
    });
  }

  it('a port that is taken, also when another listener was up already', async () => {
    const { port } = await startListener();
    const { code, stdout, stderr } = await signalbox(
      'broker',
      '--listen',
      'mqtt://127.0.0.1:0',
      '--listen',
      `mqtt://127.0.0.1:${port}`,
    ).ended;
    expect(stderr).toMatch(/^signalbox: [^\n]+\n$/);
    expect(stderr).toMatch(new RegExp(`${port}.*in use|in use.*${port}`, 'i'));
    expect(stdout).not.toMatch(/kept in memory/);
    expect(code).toBe(1);
  });
});
