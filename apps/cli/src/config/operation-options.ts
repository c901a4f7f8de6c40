/** What the people who run the broker see of it, and how it ends. */
import { LOG_FORMATS, LOG_LEVELS } from '../log.ts';
import type { OptionTable } from './option.ts';
import { choice, duration, file, integer, onOff, text } from './value-types.ts';

export const OPERATION_OPTIONS = [
  {
    path: 'admin.url',
    flag: 'admin',
    type: text('URL'),
    help: 'Where metrics, health and the admin API are answered: http://127.0.0.1:9883. Absent: nowhere.',
  },
  {
    path: 'admin.tokenFile',
    flag: 'admin-token-file',
    type: file(),
    help: 'File with the token that the admin API wants. Needed when it is reachable from elsewhere.',
    reload: 'live',
  },
  {
    path: 'sysInterval',
    flag: 'sys-interval',
    type: duration(),
    default: '10s',
    help: 'How often $SYS/broker/… is published; 0: never.',
  },
  {
    path: 'log.level',
    flag: 'log-level',
    type: choice(...LOG_LEVELS),
    default: 'info',
    help: 'What is logged. Connections and subscriptions come with debug.',
    reload: 'live',
  },
  {
    path: 'log.format',
    flag: 'log-format',
    type: choice(...LOG_FORMATS),
    help: 'Readable, or a record of JSON for each line. Absent: readable on a terminal.',
  },
  {
    path: 'verbose',
    flag: 'verbose',
    type: onOff(),
    default: false,
    help: 'The same as --log-level debug: who comes, subscribes and goes.',
    reload: 'live',
  },
  {
    path: 'drain.timeout',
    flag: 'drain-timeout',
    type: duration(),
    default: '30s',
    help: 'At the end: how long clients are told one after the other, before all that are left are told at once.',
    reload: 'live',
  },
  {
    path: 'drain.clientsPerSecond',
    flag: 'drain-rate',
    type: integer('N', { least: 1 }),
    default: 1000,
    help: 'At the end: how many clients are told in a second.',
    reload: 'live',
  },
  {
    path: 'drain.serverReference',
    flag: 'server-reference',
    type: text('ADDRESS'),
    help: 'At the end: which server clients of 5.0 are told to use instead.',
    reload: 'live',
  },
  {
    path: 'drain.permanent',
    flag: 'drain-permanent',
    type: onOff(),
    default: false,
    help: 'At the end: clients are told to use the other server from now on (0x9D), not for now (0x9C).',
    reload: 'live',
  },
  {
    path: 'drain.wills',
    flag: 'drain-wills',
    type: choice('publish', 'withhold'),
    default: 'publish',
    help: 'At the end: what becomes of the Will Messages of the clients.',
    reload: 'live',
  },
  {
    path: 'moved.serverReference',
    flag: 'moved-to',
    type: text('ADDRESS'),
    help: 'Refuse every connection, and send clients of 5.0 to this server.',
    reload: 'live',
  },
  {
    path: 'moved.permanent',
    flag: 'moved-permanent',
    type: onOff(),
    default: false,
    help: 'They are to remember it (0x9D instead of 0x9C).',
    reload: 'live',
  },
] as const satisfies OptionTable;
