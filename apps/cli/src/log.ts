/**
 * The log of the command: records with a level, as JSON or readable, on stdout. What a person wants to read when a broker
 * starts is text in the readable format, and records in the other. It must not know a broker.
 */
import { isatty } from 'node:tty';
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export const LOG_FORMATS = ['pretty', 'json'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Log {
  readonly logger: Logger;
  /** For whoever has just started the broker: where it listens, and the like. */
  announce(text: string, fields?: Readonly<Record<string, unknown>>): void;
  setLevel(level: LogLevel): void;
  /** Everything said so far is out when this answers. */
  close(): void;
}

/** A reader of the log that has stopped must not stop the broker: beyond this, records are lost. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;

/** Without a format: readable on a terminal; otherwise records are JSON, and announcements are text still. */
export function createLog(level: LogLevel, format: (typeof LOG_FORMATS)[number] | undefined): Log {
  const stdout = pino.destination({ fd: 1, sync: false, maxLength: MOST_WAITING_BYTES });
  stdout.on('error', () => {}); // nobody reads any more, and there is no other place to say so
  const isTerminal = isatty(1);
  const isReadable = format === 'pretty' || (format === undefined && isTerminal);
  const stream = isReadable
    ? pretty({
        destination: stdout,
        colorize: isTerminal && process.env['NO_COLOR'] === undefined,
        translateTime: 'SYS:HH:MM:ss.l',
        ignore: 'pid,hostname',
        hideObject: true,
      })
    : stdout;
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ['password', 'token', '*.password', '*.token', 'authorization'], censor: '***' },
    },
    stream,
  );
  return {
    logger,
    announce: (text, fields = {}) => {
      // What is behind the first line is in the fields.
      if (format === 'json') logger.info(fields, text.split('\n', 1)[0]);
      else stdout.write(`${text}\n`);
    },
    setLevel: (next) => {
      logger.level = next;
    },
    close: () => {
      try {
        stdout.flushSync();
      } catch {
        // nobody reads any more
      }
    },
  };
}
