// subscribeAsync and unsubscribeAsync: from filters to a subscription, and back. What goes wrong leaves nothing behind.

import { Deferred } from '../client/deferred.ts';
import { MsipUsageError } from '../msip/errors.ts';
import { judgeFrame } from '../msip/write-frame.ts';
import { MsipRefusedError } from './client-errors.ts';
import type { MsipOperationOptions } from './client-options.ts';
import { limited } from './limited.ts';
import type { ClientMachine } from './machine.ts';
import {
  type MsipMessageHandler,
  type MsipSubscribeOptions,
  MsipSubscription,
  type SubscriptionHost,
} from './subscription.ts';

export interface SubscribeWish {
  readonly options: MsipSubscribeOptions;
  readonly handler: MsipMessageHandler | undefined;
}

export async function subscribeTo(
  machine: ClientMachine,
  topicFilters: readonly string[],
  { options, handler }: SubscribeWish,
): Promise<MsipSubscription> {
  options.signal?.throwIfAborted();
  const filters = judged([...new Set(topicFilters)]);
  const refusals = new Map<string, MsipRefusedError>();
  const host = hostOf(machine);
  const mode = machine.options.acknowledge ?? 'handled';
  const subscription = new MsipSubscription(filters, options, { host, mode, handler, refusals });
  for (const filter of filters) machine.filters.add(filter, subscription);
  machine.inbox.offer();
  const asked = filters.map((filter) => askFor(machine, filter, refusals));
  machine.readOrPause();
  try {
    await within(machine, Promise.all(asked), options);
  } catch (error) {
    // What the server may have granted by now is given back.
    void leave(machine, subscription, {}).catch(() => {});
    throw error;
  }
  const [first] = refusals.values();
  if (first !== undefined && refusals.size === filters.length) {
    subscription.end();
    throw first;
  }
  return subscription;
}

export async function unsubscribeFrom(
  machine: ClientMachine,
  topicFilters: readonly string[],
  options: MsipOperationOptions,
): Promise<void> {
  options.signal?.throwIfAborted();
  const asked = judged([...new Set(topicFilters)]).flatMap((filter) => {
    const concerned = machine.filters.drop(filter);
    const others = concerned.flatMap((subscription) => part(machine, subscription));
    return [machine.desk.ask('unsubscribe', filter), ...others];
  });
  machine.readOrPause();
  await within(machine, Promise.all(asked), options);
}

/** What a subscription asks of the client around it. */
function hostOf(machine: ClientMachine): SubscriptionHost {
  return {
    get isReading() {
      return !machine.network.isPaused;
    },
    onPressure: (subscription) => machine.onPressure(subscription),
    onHandlerError: (error) => machine.report(error),
    unsubscribe: (subscription, options) => leave(machine, subscription, options),
  };
}

/** The subscription ends at once; resolves when the server has answered. */
async function leave(
  machine: ClientMachine,
  subscription: MsipSubscription,
  options: MsipOperationOptions,
): Promise<void> {
  options.signal?.throwIfAborted();
  if (subscription.isEnded && machine.filters.isBereft(subscription)) return;
  const asked = part(machine, subscription);
  machine.readOrPause();
  await within(machine, Promise.all(asked), options);
}

/** Ends a subscription, and asks the server about those of its filters that nobody wants any more. */
function part(machine: ClientMachine, subscription: MsipSubscription): Promise<void>[] {
  const unwanted = subscription.topicFilters.filter((filter) => machine.filters.remove(filter, subscription));
  subscription.end();
  return unwanted.map((filter) => machine.desk.ask('unsubscribe', filter));
}

async function askFor(machine: ClientMachine, filter: string, refusals: Map<string, MsipRefusedError>): Promise<void> {
  try {
    await machine.desk.ask('subscribe', filter);
  } catch (error) {
    if (!(error instanceof MsipRefusedError)) throw error;
    refusals.set(filter, error);
  }
}

function within(machine: ClientMachine, promise: Promise<unknown>, options: MsipOperationOptions): Promise<void> {
  const answer = new Deferred<void>();
  promise.then(() => answer.resolve(), answer.reject);
  return limited(answer.promise, options, { clock: machine.clock, giveUp: answer.reject });
}

/** @throws {MsipUsageError} */
function judged(topicFilters: readonly string[]): readonly string[] {
  if (topicFilters.length === 0) throw new MsipUsageError('INVALID_ARGUMENT', 'topicFilters: at least one');
  for (const topic of topicFilters) judgeFrame({ type: 'subscribe', topic });
  return topicFilters;
}
