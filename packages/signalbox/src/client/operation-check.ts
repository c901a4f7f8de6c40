// What options of publish(), subscribe() and request() may be: a misspelt one would be a message sent otherwise than it was meant.
// In Node and in pages under development, as option-check.ts. What the core judges by itself, it goes on judging.

import { UsageError } from '../mqtt/errors.ts';
import { anything, callback, number, object, oneOf, options, type Shape, shape } from '../options/shape.ts';
import type { OperationOptions } from './client-options.ts';
import type { OutgoingMessage } from './publishing/publication.ts';
import type { Message } from './receiving/message.ts';
import type { SubscribeOptions } from './receiving/subscription.ts';

/** Each answers what there is to complain of. */
export interface OperationChecks {
  publish(topicName: unknown, options: unknown): UsageError | undefined;
  subscribe(options: unknown): UsageError | undefined;
  reply(handler: unknown): UsageError | undefined;
}

const isSignal = (value: unknown): boolean => typeof (value as AbortSignal | null)?.throwIfAborted === 'function';
const OPERATION = { signal: shape(isSignal, 'an AbortSignal'), timeoutMs: number(0) };

/** What else a message has that is passed on as it came, or as it is kept: it says nothing, and does no harm. */
type Carried = Exclude<keyof OutgoingMessage | DataOf<Message>, 'qos' | 'retain' | 'properties'>;
type DataOf<T> = { [K in keyof T]: T[K] extends (...given: never[]) => unknown ? never : K }[keyof T];
type PublishNames = 'qos' | 'retain' | 'properties' | Carried | keyof OperationOptions;

const PUBLISH_SHAPES: Readonly<Record<PublishNames, Shape>> = {
  ...OPERATION,
  qos: anything,
  retain: anything,
  properties: object,
  topicName: anything,
  payload: anything,
  duplicate: anything,
  packetIdentifier: anything,
  epoch: anything,
  sessionEpoch: anything,
  text: anything,
  isSettled: anything,
};
const PUBLISH = options<typeof PUBLISH_SHAPES>(PUBLISH_SHAPES);

const SUBSCRIBE = options<SubscribeOptions>({
  ...OPERATION,
  qos: anything,
  noLocal: anything,
  retainAsPublished: anything,
  retainHandling: anything,
  userProperties: anything,
  acknowledge: oneOf('handled', 'automatic', 'manual'),
  buffer: anything,
  overflow: oneOf('pause', 'drop-oldest', 'drop-newest'),
  concurrency: anything,
});

export const OPERATION_CHECKS: OperationChecks = {
  publish(topicName, given) {
    if (typeof topicName !== 'string') return refusal('topicName must be a string');
    if (given === undefined || isUsual(given)) return undefined;
    return refusal(PUBLISH(given, ''));
  },
  subscribe(given) {
    return refusal(SUBSCRIBE(given, ''));
  },
  reply(handler) {
    return refusal(callback(handler, 'handler'));
  },
};

/** What nearly every call gives: not worth the way through the table. */
function isUsual(given: unknown): boolean {
  if (typeof given !== 'object') return false;
  const members = given as Readonly<Record<string, unknown>>;
  for (const name in members) if (name !== 'qos' && name !== 'retain' && members[name] !== undefined) return false;
  return given !== null;
}

function refusal(problem: string | undefined): UsageError | undefined {
  return problem === undefined ? undefined : new UsageError('INVALID_ARGUMENT', problem);
}
