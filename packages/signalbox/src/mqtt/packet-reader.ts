// The cursor over one MQTT packet: a Reader whose problems are Malformed Packets.

import type { ReadProblem } from '../bytes/reader.ts';
import { Reader } from '../bytes/reader.ts';
import type { PacketError } from './errors.ts';
import { malformed } from './errors.ts';
import { checkTopicFilters, checkUserProperties, NO_READ_LIMITS, type ReadLimits } from './read-limits.ts';

const PROBLEMS = {
  truncated: ['the packet ends inside a field', undefined],
  'malformed-integer': ['a Variable Byte Integer is not in its shortest form of at most four bytes', 'MQTT-1.5.5-1'],
  'malformed-utf8': ['a string is not well-formed UTF-8', 'MQTT-1.5.4-1'], // [MQTT-1.5.4-1] [MQTT-1.5.3-1@3.1.1]
  'null-character': ['a string contains U+0000', 'MQTT-1.5.4-2'], // [MQTT-1.5.4-2] [MQTT-1.5.3-2@3.1.1]
} as const satisfies Record<ReadProblem, readonly [string, string | undefined]>;

/** The error for bytes that cannot be read, also for those who read without a PacketReader. To be thrown by the caller. */
export function unreadable(problem: ReadProblem): PacketError {
  const [message, statement] = PROBLEMS[problem];
  return malformed(message, statement);
}

export class PacketReader extends Reader {
  /** What this packet may hold. */
  limits: ReadLimits = NO_READ_LIMITS;
  /** How many were read, and their bytes in all. */
  userProperties = 0;
  userPropertyBytes = 0;

  /** One more was read. Throws PacketError. */
  countUserProperty(bytes: number): void {
    this.userProperties++;
    this.userPropertyBytes += bytes;
    checkUserProperties(this.limits, this.userProperties, this.userPropertyBytes);
  }

  /** So many are in this packet up to now. Throws PacketError. */
  countTopicFilters(count: number): void {
    checkTopicFilters(this.limits, count);
  }

  protected override fail(problem: ReadProblem): never {
    throw unreadable(problem);
  }
}
