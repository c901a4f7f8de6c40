// How a client ends: with what was published sent and acknowledged, as far as the time allows, and with DISCONNECT. §3.14

import type { DisconnectInput } from '../mqtt/packets/disconnect.ts';
import type { DisconnectProperties, PropertiesInput } from '../mqtt/properties.ts';
import { ClientError } from './client-errors.ts';
import { isKept } from './handshake.ts';
import type { ClientMachine } from './machine.ts';

export interface CloseOptions {
  /** Whether what was published is sent and acknowledged first. Default true, when there is a connection. */
  readonly flush?: boolean | undefined;
  /** How long that may take. Default 5,000; what is not settled then rejects with `CLOSED`. */
  readonly timeoutMs?: number | undefined;
  /** Of DISCONNECT. 0x04 has the server publish the will. Default 0. */
  readonly reasonCode?: number | undefined;
  readonly properties?: PropertiesInput<DisconnectProperties> | undefined;
}

/** What a user waits for after Ctrl-C. */
const FLUSH_TIMEOUT_MS = 5_000;

/** Never rejects. Called again without `flush`, it ends the wait of the first call. */
export async function endClient(machine: ClientMachine, options: CloseOptions): Promise<void> {
  if (machine.isClosing && options.flush === false) machine.cutFlush();
  if (!machine.isClosing) {
    machine.isClosing = true;
    machine.observation?.activity.release();
    if (options.flush !== false && machine.network.isConnected)
      await flush(machine, options.timeoutMs ?? FLUSH_TIMEOUT_MS);
    takeLeave(machine, options);
    machine.lifecycle.stop(new ClientError('CLOSED', 'the client was closed'));
  }
  await machine.closed.promise;
}

async function flush(machine: ClientMachine, timeoutMs: number): Promise<void> {
  const { status, network } = machine;
  status.set({ ...status.current, state: 'closing' });
  await new Promise<void>((resolve) => {
    machine.within(machine.settledAll(), { timeoutMs }).then(resolve, () => resolve());
    machine.connecting.ended.then(() => resolve()); // nothing more can be settled on it
    machine.cutFlush = resolve;
    if (!network.isConnected) resolve();
  });
}

function takeLeave(machine: ClientMachine, { reasonCode, properties }: CloseOptions): void {
  const { network, options, onProblem } = machine;
  if (!network.isConnected) {
    network.destroy(new ClientError('CLOSED', 'the client was closed'));
    return;
  }
  const packet: DisconnectInput = { type: 'disconnect', reasonCode, properties };
  const endsSession =
    network.core.protocolVersion === 5 && !isKept(options) && options.sessionExpiryInterval === undefined;
  try {
    machine.send(endsSession ? { ...packet, properties: { sessionExpiryInterval: 0, ...properties } } : packet);
  } catch (error) {
    onProblem(error);
  }
  network.end();
}
