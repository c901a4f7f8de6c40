// Dockerfile, systemd unit and the operators' guide against the repository and the command.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readFlags } from '../src/config/flags.ts';
import { variableOf } from '../src/config/option.ts';
import { OPTIONS } from '../src/config/options.ts';
import { signalbox } from './command.ts';
import { load } from './config/load.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');

describe('the Dockerfile', () => {
  const lines = read('Dockerfile')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line));
  const of = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));

  it('copies what there is', () => {
    for (const copy of of('COPY').filter((line) => !line.startsWith('--from='))) {
      for (const source of copy.split(' ').slice(0, -1))
        expect([source, existsSync(join(ROOT, source))]).toEqual([source, true]);
    }
  });

  it('sets variables that exist, to values that are allowed', () => {
    const variables = Object.fromEntries(
      of('ENV').flatMap((line) => line.split(' ').map((each) => each.split('=', 2))),
    );
    const known = OPTIONS.map(({ path }) => variableOf(path));
    for (const name of Object.keys(variables).filter((each) => each.startsWith('SIGNALBOX_')))
      expect(known).toContain(name);
    const { values, listeners } = load({ environment: { ...variables, SIGNALBOX_ACCESS_ALLOW_ANONYMOUS: 'true' } });
    expect(values['log.format']).toBe('json');
    expect(listeners.map(({ url }) => url)).toEqual([
      'mqtt://0.0.0.0:1883',
      'ws://0.0.0.0:8083/mqtt',
      'msip://0.0.0.0:9000',
    ]);
  });

  it('runs without root, what is there, and longer than nothing', () => {
    expect(of('USER')).toEqual(['node']);
    expect(lines.findIndex((line) => line.startsWith('USER'))).toBeLessThan(
      lines.findIndex((line) => line.startsWith('ENTRYPOINT')),
    );
    const [node, script] = JSON.parse(of('ENTRYPOINT')[0]!) as string[];
    expect([node, existsSync(join(ROOT, script!))]).toEqual(['node', true]);
  });

  it('has a health check that says yes to a running broker, and no to none', async () => {
    const health = /CMD (\[.*\])$/.exec(of('HEALTHCHECK')[0]!)![1]!;
    const [, ...args] = JSON.parse(health) as string[];
    const check = (port: string) =>
      spawnSync(
        process.execPath,
        args.map((arg) => arg.replace('9883', port)),
      ).status;
    const broker = signalbox('broker', '--listen', 'mqtt://127.0.0.1:0', '--admin', 'http://127.0.0.1:0');
    await broker.urls();
    const [, port] = await broker.printed(/admin API on http:\/\/127\.0\.0\.1:(\d+)/);
    expect(check(port!)).toBe(0);
    expect(check('1')).toBe(1);
  });
});

describe('the systemd unit', () => {
  const unit = read('deploy/signalbox.service');

  it('runs the command with options that exist', () => {
    const commands = [...unit.matchAll(/^Exec\w+=\/usr\/bin\/signalbox broker (.*)$/gm)];
    expect(commands.length).toBeGreaterThan(1);
    for (const [, args = ''] of commands) expect(readFlags(args.split(' ')).config).toBe('/etc/signalbox/broker.yaml');
    const set = [.../^Environment=(.*)$/m.exec(unit)![1]!.matchAll(/(\w+)=/g)].map(([, name]) => name);
    for (const name of set) expect(OPTIONS.map(({ path }) => variableOf(path))).toContain(name);
  });

  it.runIf(existsSync('/usr/bin/systemd-analyze'))('is understood by systemd', () => {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'signalbox.service');
    writeFileSync(file, unit.replaceAll('/usr/bin/signalbox', '/bin/true'));
    const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    const about = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('signalbox.service'));
    expect(about).toEqual([]);
  });

  it('tells systemd when the broker is ready, and when it stops', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\necho "$@" >> '${folder}/told'\n`, { mode: 0o755 });
    const env = {
      ...process.env,
      PATH: `${folder}:${process.env['PATH']}`,
      NOTIFY_SOCKET: '/run/none',
      SIGNALBOX_DATA: 'memory:',
    };
    const script = `
      import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, ['apps/cli/bin/signalbox.js', 'broker', '--listen', 'mqtt://127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout.on('data', (text) => String(text).includes('Ctrl-C') && child.kill('SIGTERM'));
    `;
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT, env });
    expect(readFileSync(join(folder, 'told'), 'utf8').trim().split('\n').sort()).toEqual(['--ready', '--stopping']);
  });
});

describe('docs/guide/operate.md', () => {
  const blocks = [...read('docs/guide/operate.md').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  const of = (language: string) => blocks.filter(([, each]) => each === language).map(([, , text]) => text!);
  const commands = of('sh').flatMap((text) => text.trimEnd().split('\n'));

  it('has configurations that are allowed, and so is the one that is shipped', () => {
    const files = [...of('yaml'), read('deploy/broker.yaml')];
    for (const file of files) expect(load({ file }).values['admin.url']).toBe('http://127.0.0.1:9883');
  });

  it('has options of the command that exist', () => {
    const brokers = commands.filter((line) => line.includes('signalbox broker'));
    expect(brokers.length).toBeGreaterThan(3);
    for (const line of brokers) {
      const flags = readFlags(line.slice(line.indexOf('signalbox broker') + 'signalbox broker '.length).split(' '));
      expect(flags.config).toBe('broker.yaml');
    }
  });

  it('asks the admin API what it answers', async () => {
    const broker = signalbox('broker', '--listen', 'mqtt://127.0.0.1:0', '--admin', 'http://127.0.0.1:0');
    await broker.urls();
    const [, admin] = await broker.printed(/admin API on (http:\/\/127\.0\.0\.1:\d+)/);
    const asked = commands.filter((line) => line.startsWith('curl'));
    expect(asked.length).toBeGreaterThan(4);
    for (const line of asked) {
      const [, path] = /http:\/\/127\.0\.0\.1:9883([^'\s]*)/.exec(line)!;
      expect([line, (await fetch(`${admin}${path}`)).status]).toEqual([line, 200]);
    }
  });
});
