/** What becomes of messages on their way: queues, sharing, rewriting. */

import {
  type AutoSubscription,
  type RetainedExpiry,
  type RewriteRule,
  SHARED_STRATEGIES,
  type SharedStrategy,
} from 'signalbox/broker';
import type { OptionTable } from './option.ts';
import { choice, structure, text } from './value-types.ts';

const TOPIC = { type: 'string', minLength: 1 };

const REWRITES = structure<readonly RewriteRule[]>({
  type: 'array',
  maxItems: 1000,
  items: {
    type: 'object',
    properties: { from: TOPIC, to: TOPIC, action: { enum: ['publish', 'subscribe'] } },
    required: ['from', 'to'],
    additionalProperties: false,
  },
});

const AUTO_SUBSCRIPTIONS = structure<readonly AutoSubscription[]>({
  type: 'array',
  maxItems: 1000,
  items: {
    type: 'object',
    properties: {
      topicFilter: TOPIC,
      qos: { enum: [0, 1, 2] },
      noLocal: { type: 'boolean' },
      retainAsPublished: { type: 'boolean' },
      retainHandling: { enum: [0, 1, 2] },
    },
    required: ['topicFilter'],
    additionalProperties: false,
  },
});

const RETAINED_EXPIRY = structure<readonly RetainedExpiry[]>({
  type: 'array',
  maxItems: 1000,
  items: {
    type: 'object',
    properties: { topicFilter: TOPIC, seconds: { type: 'integer', minimum: 1 } },
    required: ['topicFilter', 'seconds'],
    additionalProperties: false,
  },
});

const GROUPS = structure<Readonly<Record<string, SharedStrategy>>>({
  type: 'object',
  additionalProperties: { enum: SHARED_STRATEGIES },
});

export const DELIVERY_OPTIONS = [
  {
    path: 'queuePolicy',
    flag: 'queue-policy',
    type: choice('drop-newest', 'drop-oldest', 'disconnect'),
    default: 'drop-newest',
    help: 'For a client whose queue is full.',
  },
  {
    path: 'publishRatePolicy',
    flag: 'publish-rate-policy',
    type: choice('pause', 'disconnect'),
    default: 'pause',
    help: 'For a client above limits.publishRate or publishByteRate: it is not read for a while, or sent away.',
  },
  {
    path: 'sharing.strategy',
    flag: 'sharing',
    type: choice(...SHARED_STRATEGIES),
    default: 'round-robin',
    help: 'Which member of a shared subscription gets a message.',
  },
  { path: 'sharing.groups', type: GROUPS, help: 'The same for the groups with these share names.' },
  {
    path: 'rewrites',
    type: REWRITES,
    help: 'Topics that become others. $1, $2, … stand for what the wildcards matched, %c and %u for client identifier and user name.',
  },
  { path: 'autoSubscribe', type: AUTO_SUBSCRIPTIONS, help: 'What each client is subscribed to when it connects.' },
  { path: 'retainedExpiry', type: RETAINED_EXPIRY, help: 'How long messages of these topics stay retained.' },
  {
    path: 'responseInformation',
    flag: 'response-information',
    type: text('TOPIC'),
    help: 'Told to clients that ask for Response Information: where answers to them go. %c and %u as above.',
  },
] as const satisfies OptionTable;
