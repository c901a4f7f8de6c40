/** The options only MSIP has, and what it has not: said in one line instead of being overlooked. */
import { MsgKind } from 'signalbox/msip';
import { CommandError } from '../../command-error.ts';
import type { FlagTable } from '../flag-table.ts';
import { choice, switchedOn } from '../kinds.ts';
import { speaksMsip } from '../server-url.ts';

const KINDS = {
  event: MsgKind.Event,
  command: MsgKind.Command,
  state: MsgKind.State,
  log: MsgKind.Log,
  metric: MsgKind.Metric,
};

export type KindName = keyof typeof KINDS;

export const MSIP_SESSION_FLAGS = [
  {
    flag: 'acknowledge',
    kind: switchedOn(),
    help: 'The same as -q 1: pub waits for the ACK, sub asks for an acknowledged session (as -c does), which needs --id and is kept.',
  },
] as const satisfies FlagTable;

export const MSIP_MESSAGE_FLAGS = [
  {
    flag: 'kind',
    kind: choice('KIND', 'event', 'command', 'state', 'log', 'metric'),
    help: 'What the message is about: event, command, state, log or metric. Default: event.',
  },
  { flag: 'urgent', kind: switchedOn(), help: 'It overtakes what is not urgent.' },
  {
    flag: 'compress',
    kind: choice('FORMAT', 'gzip', 'zstd'),
    help: 'Compress it by gzip or zstd, if that makes it smaller.',
  },
  ...MSIP_SESSION_FLAGS,
] as const satisfies FlagTable;

/** Options of MQTT, and what it is that MSIP has not. */
const NOT_IN_MSIP: Readonly<Record<string, string>> = {
  retain: 'retained messages that are asked for (a server may keep those of kind state)',
  property: 'properties',
  'will-topic': 'a will',
  'will-payload': 'a will',
  'will-qos': 'a will',
  'will-retain': 'a will',
  scram: 'SCRAM',
  'session-expiry': 'an expiry of sessions that clients choose',
  'protocol-version': 'versions',
  'no-local': 'subscriptions without own messages',
  'retain-as-published': 'retained messages that are told from others',
  'retained-only': 'retained messages that are told from others',
  'no-retained': 'retained messages that are told from others',
  'remove-retained': 'retained messages that are told from others',
};

const ONLY_MSIP = ['kind', 'urgent', 'compress', 'acknowledge'];

/** Throws CommandError when an option does not belong to what is spoken. */
export function refuseForeign(values: Parameters<typeof speaksMsip>[0]): void {
  const said = Object.entries(values).filter(([, value]) => isSaid(value));
  if (!speaksMsip(values)) {
    const own = said.find(([flag]) => ONLY_MSIP.includes(flag));
    if (own !== undefined) throw new CommandError(`--${own[0]} is for MSIP: msip://, msips:// or --msip`);
    return;
  }
  for (const [flag, value] of said) {
    if (flag === 'qos' && value === 2) throw new CommandError('MSIP has no QoS 2: 0, or 1 for acknowledged');
    const what = Object.hasOwn(NOT_IN_MSIP, flag) ? NOT_IN_MSIP[flag] : undefined;
    if (what !== undefined) throw new CommandError(`MSIP has no --${flag}: it does not know ${what}`);
  }
}

export function kindOf(name: KindName | undefined): MsgKind {
  return KINDS[name ?? 'event'];
}

/** Its name; undefined for an event, of which nothing needs to be said. */
export function kindNameOf(msgKind: number): string | undefined {
  const [name] = Object.entries(KINDS).find(([, kind]) => kind === msgKind) ?? [];
  return name === 'event' ? undefined : name;
}

function isSaid(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}
