// How a client ends: with what was published sent and acknowledged, as far as the time allows, and with CLOSE. §3.10

import { Deferred } from '../client/deferred.ts';
import { MsipClientError } from './client-errors.ts';
import type { MsipOperationOptions } from './client-options.ts';
import { limited } from './limited.ts';
import type { ClientMachine } from './machine.ts';

export interface MsipDisconnectOptions {
  /** Whether what was published is sent and acknowledged first. Default true, when there is a connection. */
  readonly flush?: boolean | undefined;
  /** How long that may take, in ms. Default 5,000; what is not settled then rejects with `CLOSED`. */
  readonly timeoutMs?: number | undefined;
}

/** What a user waits for after Ctrl-C. */
const FLUSH_TIMEOUT_MS = 5_000;

/** Never rejects. Called again with `flush: false`, it ends the wait of the first call. */
export async function endClient(machine: ClientMachine, options: MsipDisconnectOptions): Promise<void> {
  machine.disconnects++;
  const { lifecycle, closed } = machine;
  if (lifecycle === undefined) return;
  if (machine.isClosing) {
    if (options.flush === false) takeLeave(machine);
    await closed.promise;
    return;
  }
  machine.isClosing = true;
  const { status, network, publisher, clock } = machine;
  status.set({ ...status.current, state: 'closing' });
  if (options.flush !== false && network.isConnected) {
    await new Promise<void>((resolve) => {
      const timeoutMs = options.timeoutMs ?? FLUSH_TIMEOUT_MS;
      void limited(publisher.settledAll(), { timeoutMs }, { clock, giveUp: () => resolve() }).then(resolve);
      void machine.ended().then(() => resolve()); // nothing more can be settled on it
    });
  }
  takeLeave(machine);
  await closed.promise;
}

/** Rejects when it takes too long, or is aborted; the client is closed then, too. */
export async function drainClient(machine: ClientMachine, limits: MsipOperationOptions): Promise<void> {
  const { filters, desk, publisher, clock } = machine;
  const all = filters.subscriptions;
  const drained = new Deferred<void>();
  const wanted = filters.all;
  const asked = wanted.map((filter) => desk.ask('unsubscribe', filter));
  const drain = async (): Promise<void> => {
    await Promise.all(asked); // what comes until then is wanted
    for (const filter of wanted) for (const late of filters.drop(filter)) all.add(late);
    await Promise.all([...all].map((subscription) => subscription.idle()));
    for (const subscription of all) subscription.end();
    await publisher.settledAll();
  };
  drain().then(drained.resolve, drained.reject);
  try {
    await limited(drained.promise, limits, { clock, giveUp: drained.reject });
  } finally {
    for (const subscription of all) subscription.end();
    await endClient(machine, { flush: false });
  }
}

function takeLeave({ network, lifecycle }: ClientMachine): void {
  const reason = new MsipClientError('CLOSED', 'the client was closed');
  lifecycle?.stop(reason);
  if (network.isConnected) {
    network.send({ type: 'close', msgId: network.core.takeMsgId() });
    network.end();
  } else network.destroy(reason);
}
