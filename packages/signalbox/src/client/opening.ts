// Opens the rooms of a client: all at once where they are at hand, else what the options ask for before the first connection, and
// the rest when a call asks for it.

import { isKept } from './handshake.ts';
import { DEFAULT_CONNECT_TIMEOUT_MS } from './lifecycle.ts';
import type { ClientMachine } from './machine.ts';
import { loaded } from './rooms.ts';

export function openAll(machine: ClientMachine): void {
  openObservation(machine);
  openKeeping(machine);
  openAliases(machine);
  openUnclaimed(machine);
  openPublishing(machine);
}

/** What is to be there before anything is sent or received. Rejects with ClientError. */
export async function openForOptions(machine: ClientMachine): Promise<void> {
  const { options } = machine;
  const { interceptors, traceContext, lastPackets = 0, drive, properties } = options;
  if (interceptors || traceContext || lastPackets > 0 || drive === 'polled') await openObservation(machine);
  // An interceptor may add it to CONNECT.
  if (interceptors || properties?.topicAliasMaximum) await openAliases(machine);
  await openKeeping(machine);
  if (isKept(options)) await openUnclaimed(machine);
  // In a session of an earlier life of the program there may be messages it published.
  if (isKept(options) || (options.queue ?? options.poison) !== undefined) await openPublishing(machine);
}

export function openPublishing(machine: ClientMachine): Promise<void> | undefined {
  return enter(machine, machine.rooms.publishing(), ({ furnish }) => furnish(machine));
}

export function openObservation(machine: ClientMachine): Promise<void> | undefined {
  return enter(machine, machine.rooms.observation(), ({ Observation }) => {
    machine.observation ??= new Observation(machine);
    machine.network.recorder = machine.observation.recorder;
    if (machine.status.current.state === 'closed') machine.observation.activity.end();
  });
}

function openAliases(machine: ClientMachine): Promise<void> | undefined {
  return enter(machine, machine.rooms.aliases(), ({ ALIASES }) => machine.network.core.extend(ALIASES));
}

function openUnclaimed(machine: ClientMachine): Promise<void> | undefined {
  return enter(machine, machine.rooms.unclaimed(), ({ Unclaimed }) => {
    machine.inbox.unclaimed ??= new Unclaimed(machine);
  });
}

function openKeeping(machine: ClientMachine): Promise<void> | undefined {
  const { sessionStore } = machine.options;
  if (sessionStore === undefined) return undefined;
  return enter(machine, machine.rooms.keeping(), ({ Keeping }) => {
    machine.keeping ??= new Keeping(sessionStore, machine);
  });
}

function enter<M>(
  machine: ClientMachine,
  room: M | Promise<M>,
  furnish: (module: M) => void,
): Promise<void> | undefined {
  if (room instanceof Promise) {
    const timeoutMs = machine.options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
    return machine.within(loaded(room), { timeoutMs, signal: machine.lifecycle.signal }).then(furnish);
  }
  furnish(room);
  return undefined;
}
