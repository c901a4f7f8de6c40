// The brokers that are compared, and how each is started. All of them: loopback only, anonymous, nothing on disk, no
// limit that a busy but healthy client would reach.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '../cores.ts';
import { ROOT } from '../machine.ts';

export interface Contestant {
  readonly name: string;
  /** By the number in CONNECT: 4 is 3.1.1, 5 is 5.0; 1 is MSIP. */
  readonly protocolVersions: readonly number[];
  /** What the load generator is told of it, over what the scenario says. */
  readonly load?: Readonly<Record<string, string | number>>;
  /** Undefined when it is not installed. */
  version(): string | undefined;
  /** `folder` is empty and belongs to this run. */
  command(port: number, folder: string): Command;
}

function packageVersion(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

type StoreOptions = (folder: string) => readonly string[];

/** The broker of this checkout, keeping nothing, by MQTT; or with a store, or by MSIP. */
export function signalbox(
  name: string,
  checkout: string,
  { store, scheme = 'mqtt' }: { readonly store?: StoreOptions; readonly scheme?: 'mqtt' | 'msip' } = {},
): Contestant {
  const bin = join(checkout, 'apps', 'cli', 'bin', 'signalbox.js');
  return {
    name,
    protocolVersions: [4, 5],
    version: () => (existsSync(bin) ? packageVersion(join(checkout, 'apps', 'cli', 'package.json')) : undefined),
    command: (port, folder) => ({
      command: process.execPath,
      args: [bin, 'broker', '--listen', `${scheme}://127.0.0.1:${port}`, ...(store?.(folder) ?? ['--data', 'memory:'])],
    }),
  };
}

const aedes: Contestant = {
  name: 'aedes',
  protocolVersions: [4],
  version: () => packageVersion(join(ROOT, 'node_modules', 'aedes', 'package.json')),
  command: (port) => ({ command: process.execPath, args: [join(ROOT, 'bench', 'peers', 'aedes.mjs'), String(port)] }),
};

/** Debian does not put sbin into everybody's PATH. */
function findMosquitto(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, 'mosquitto')).find((path) => existsSync(path));
}

/** As one would set it for throughput: no persistence, no logging, no cap on queues and in flight, no delay. */
const MOSQUITTO_SETTINGS = [
  'allow_anonymous true',
  'persistence false',
  'max_queued_messages 0',
  'max_queued_bytes 0',
  'max_inflight_messages 0',
  'set_tcp_nodelay true',
  'sys_interval 0',
  'log_type none',
  'connection_messages false',
];

/** `settings` come last: in Mosquitto's file the last line of a name counts. */
export function mosquitto(name: string, settings: (folder: string) => readonly string[] = () => []): Contestant {
  return {
    name,
    protocolVersions: [4, 5],
    version() {
      const program = findMosquitto();
      if (program === undefined) return undefined;
      return /version (\S+)/.exec(spawnSync(program, ['-h'], { encoding: 'utf8' }).stdout)?.[1] ?? 'unknown';
    },
    command(port, folder) {
      const file = join(folder, 'mosquitto.conf');
      // Started by root it would change to a user who may not read the file.
      const user = process.getuid?.() === 0 ? ['user root'] : [];
      const lines = [`listener ${port} 127.0.0.1`, ...MOSQUITTO_SETTINGS, ...settings(folder), ...user, ''];
      writeFileSync(file, lines.join('\n'));
      return { command: findMosquitto() ?? 'mosquitto', args: ['-c', file] };
    },
  };
}

/** `baseline`: another checkout of this repository, whose broker takes part to show what a change did. */
export function contestants(baseline: string | undefined): Contestant[] {
  const others = baseline === undefined ? [] : [signalbox('baseline', baseline)];
  return [signalbox('signalbox', ROOT), ...others, mosquitto('mosquitto'), aedes];
}
