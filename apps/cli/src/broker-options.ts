// The options of `signalbox broker`, from words to what the broker takes. It must not start anything.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type BrokerLimits, type BrokerOptions, DEFAULT_LIMITS } from 'signalbox/broker';
import { CommandError } from './command-error.ts';

export const BROKER_HELP = `signalbox broker — run an MQTT broker (3.1, 3.1.1 and 5.0)

Usage: signalbox broker [options]

Options:
  --listen URL          where to accept connections; repeatable. mqtt://HOST:PORT, mqtts://HOST:PORT,
                        ws://HOST:PORT/PATH, wss://HOST:PORT/PATH or unix:///PATH. Port 0 takes a free one.
                        Default: mqtt://127.0.0.1:1883 and ws://127.0.0.1:8083/mqtt, reachable from this machine only
  --data WHERE          where sessions and retained messages are kept. Default: memory: (gone when the broker ends)
  --tls-cert FILE       certificate chain (PEM) for mqtts:// and wss://
  --tls-key FILE        private key (PEM) for mqtts:// and wss://
  --tls-ca FILE         accept only clients with a certificate of this authority (PEM)
  --limit NAME=VALUE    another limit than the default; repeatable. Names and defaults: --limits
  --limits              print all limits and end
  --queue-policy WHAT   for a client whose queue is full: drop-newest (default), drop-oldest or disconnect
  --sys-interval S      publish $SYS/broker/… every S seconds; 0: never. Default: 10
  --verbose             print connections and subscriptions as they come and go
  --help                this text

Ctrl-C ends the broker: clients are told, then connections close.
`;

export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
}

export interface BrokerCommand {
  readonly show: 'help' | 'limits' | undefined;
  readonly listen: readonly string[];
  readonly tls: TlsFiles | undefined;
  readonly isVerbose: boolean;
  readonly options: BrokerOptions;
}

const DEFAULT_LISTEN = ['mqtt://127.0.0.1:1883', 'ws://127.0.0.1:8083/mqtt'];
const POLICIES = ['drop-newest', 'drop-oldest', 'disconnect'] as const;

export function parseBrokerOptions(args: readonly string[]): BrokerCommand {
  const values = parse(args);
  if (values.data !== undefined && values.data !== 'memory:') {
    throw new CommandError(`--data ${values.data}: only memory: is available in this version`);
  }
  const listen = values.listen ?? DEFAULT_LISTEN;
  const tls = readTls(values['tls-cert'], values['tls-key'], values['tls-ca']);
  const secure = listen.find((url) => /^(mqtts|wss):/.test(url));
  if (secure !== undefined && tls === undefined) {
    throw new CommandError(`--listen ${secure} needs --tls-cert and --tls-key`);
  }
  return {
    show: values.help === true ? 'help' : values.limits === true ? 'limits' : undefined,
    listen,
    tls,
    isVerbose: values.verbose === true,
    options: {
      limits: readLimits(values.limit ?? []),
      queuePolicy: readPolicy(values['queue-policy'] ?? 'drop-newest'),
      systemTopicsIntervalMs: readNumber('--sys-interval', values['sys-interval'] ?? '10') * 1000,
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        listen: { type: 'string', multiple: true },
        data: { type: 'string' },
        'tls-cert': { type: 'string' },
        'tls-key': { type: 'string' },
        'tls-ca': { type: 'string' },
        limit: { type: 'string', multiple: true },
        limits: { type: 'boolean' },
        'queue-policy': { type: 'string' },
        'sys-interval': { type: 'string' },
        verbose: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    // Node's own words name the option; its hint about positional arguments is noise here.
    const [message = ''] = String((error as Error).message).split('. To specify');
    throw new CommandError(`${message}; see signalbox broker --help`);
  }
}

function readTls(cert: string | undefined, key: string | undefined, ca: string | undefined): TlsFiles | undefined {
  if (cert === undefined && key === undefined && ca === undefined) return undefined;
  if (cert === undefined || key === undefined) throw new CommandError('--tls-cert and --tls-key go together');
  const files = { cert: readFile('--tls-cert', cert), key: readFile('--tls-key', key) };
  return ca === undefined ? files : { ...files, ca: readFile('--tls-ca', ca) };
}

function readFile(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CommandError(`${option} ${path}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
}

function readLimits(settings: readonly string[]): Partial<BrokerLimits> {
  const limits: Partial<Record<keyof BrokerLimits, number>> = {};
  for (const setting of settings) {
    const [name = '', ...values] = setting.split('=');
    const value = values.join('=');
    if (!Object.hasOwn(DEFAULT_LIMITS, name)) {
      throw new CommandError(`--limit ${setting}: there is no limit ${name}; see signalbox broker --limits`);
    }
    limits[name as keyof BrokerLimits] = readNumber(`--limit ${name}`, value);
  }
  return limits;
}

function readNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new CommandError(`${option} must be a whole number, not "${text}"`);
  return Number(text);
}

function readPolicy(text: string): (typeof POLICIES)[number] {
  const policy = POLICIES.find((known) => known === text);
  if (policy === undefined)
    throw new CommandError(`--queue-policy must be one of ${POLICIES.join(', ')}, not "${text}"`);
  return policy;
}
