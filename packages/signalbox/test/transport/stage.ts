// Stages for the suite: a listener of the product, and clients of the product.

import { readFileSync } from 'node:fs';
import { type ConnectOptions, connect } from '../../src/transport/connect.ts';
import { type ListenOptions, listen } from '../../src/transport/listen.ts';
import type { Listener, Transport } from '../../src/transport/transport.ts';
import type { Stage } from './suite.ts';

/** For the suite: what a test can wait for. */
export const GRACE_MS = 150;

export function certificate(name: string): Buffer {
  return readFileSync(new URL(`../support/certificates/${name}`, import.meta.url));
}

export const SERVER_TLS = { cert: certificate('server.crt'), key: certificate('server.key') };
export const CLIENT_TLS = { ca: certificate('ca.crt') };

/** A listener together with what it accepted and nobody took yet. */
export class Arrivals {
  readonly listener: Listener;
  readonly #waiting: ((transport: Transport) => void)[] = [];
  readonly #arrived: Transport[] = [];

  private constructor(listener: Listener) {
    this.listener = listener;
  }

  static async at(url: string, options: ListenOptions = {}): Promise<Arrivals> {
    const arrivals: Arrivals = new Arrivals(await listen(url, options, (transport) => arrivals.#add(transport)));
    return arrivals;
  }

  next(): Promise<Transport> {
    const transport = this.#arrived.shift();
    return transport === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(transport);
  }

  #add(transport: Transport): void {
    const resolve = this.#waiting.shift();
    if (resolve === undefined) this.#arrived.push(transport);
    else resolve(transport);
  }
}

type Connect = (url: string, options: ConnectOptions) => Promise<Transport>;

/** A client and the server end that belongs to it: they are made one after another. */
export async function listenerStage(
  url: string,
  options: ListenOptions = {},
  connectTo: Connect = connect,
): Promise<Stage> {
  const arrivals = await Arrivals.at(url, { tls: SERVER_TLS, graceMs: GRACE_MS, ...options });
  let last: Promise<unknown> = Promise.resolve();
  const pair = async (): Promise<[Transport, Transport]> => {
    const client = await connectTo(arrivals.listener.url, { tls: CLIENT_TLS, graceMs: GRACE_MS });
    return [client, await arrivals.next()];
  };
  return {
    pair() {
      const made = last.then(pair);
      last = made;
      return made;
    },
    close: () => arrivals.listener.close(),
  };
}
