// What one packet may hold of things that can be many, however large it may be: an object is made of each, and is many
// times its bytes. Counted while reading, so that nothing is made in vain.

import { PacketError } from './errors.ts';

export interface ReadLimits {
  /** User Properties of one packet; those of its will count as well. */
  readonly userProperties: number;
  /** Bytes of all User Properties of one packet, identifiers and lengths included. */
  readonly userPropertyBytes: number;
  /** Topic Filters of one SUBSCRIBE or UNSUBSCRIBE. */
  readonly topicFilters: number;
  /** Bytes of all Topic Names that have a Topic Alias on one network connection. */
  readonly topicAliasBytes: number;
}

export const NO_READ_LIMITS: ReadLimits = Object.freeze({
  userProperties: Infinity,
  userPropertyBytes: Infinity,
  topicFilters: Infinity,
  topicAliasBytes: Infinity,
});

/** Throws PacketError `QUOTA_EXCEEDED`. */
export function checkUserProperties(limits: ReadLimits, count: number, bytes: number): void {
  if (count > limits.userProperties) throw new PacketError('QUOTA_EXCEEDED', `${count} User Properties or more`);
  if (bytes > limits.userPropertyBytes) {
    throw new PacketError('QUOTA_EXCEEDED', `${bytes} bytes of User Properties or more`);
  }
}

/** Throws PacketError `QUOTA_EXCEEDED`. */
export function checkTopicFilters(limits: ReadLimits, count: number): void {
  if (count > limits.topicFilters) throw new PacketError('QUOTA_EXCEEDED', `${count} Topic Filters or more`);
}
