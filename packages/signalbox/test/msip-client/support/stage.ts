// The stage of the MSIP client's tests: a clock that only a test moves, a network in memory, and a server that follows a
// script. No socket, no timer, no waiting.

import type { MsipClientEvents } from '../../../src/msip-client/client-events.ts';
import type { MsipClientOptions, MsipDialOptions } from '../../../src/msip-client/client-options.ts';
import { MsipClient } from '../../../src/msip-client/index.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { TransportError } from '../../../src/transport/transport-error.ts';
import { ManualClientClock } from '../../client/support/manual-client-clock.ts';
import { Outcome } from '../../client/support/outcome.ts';
import { ServerLink } from './server-link.ts';
import { ServerScript } from './server-script.ts';

type EventName = keyof MsipClientEvents;

export class Stage {
  readonly clock = new ManualClientClock();
  readonly script = new ServerScript();
  /** Every network connection so far, in order. */
  readonly links: ServerLink[] = [];
  readonly dials: { readonly url: string; readonly at: number; readonly options: MsipDialOptions }[] = [];
  /** Every event of the clients, with its arguments, but `frame`. */
  /** Called with each connection, counted from 1, before anything is sent. */
  onLink: (link: ServerLink, number: number) => void = () => {};
  readonly told: [EventName, ...unknown[]][] = [];

  /** The network connection that was made last. */
  get link(): ServerLink {
    return this.links.at(-1)!;
  }

  /** What one event was told with, each time. */
  of(name: EventName): unknown[][] {
    return this.told.filter(([one]) => one === name).map(([, ...rest]) => rest);
  }

  get errors(): (Error & { readonly code?: string; readonly msgId?: bigint })[] {
    return this.of('error').map(([error]) => error as Error);
  }

  /** A client that has not begun. Its messages are not listened to. */
  make(options: MsipClientOptions = {}): MsipClient {
    const client = new MsipClient({ clock: this.clock, dial: this.dial, ...options });
    for (const name of ['connect', 'disconnect', 'reconnecting', 'ack', 'pong', 'error'] as const)
      client.on(name, (...args: unknown[]) => void this.told.push([name, ...args]));
    return client;
  }

  /** A client that is connected. */
  async connect(options: MsipClientOptions = {}): Promise<MsipClient> {
    const client = this.make(options);
    await this.when(client.connect());
    return client;
  }

  /** A client that waits for the next attempt. */
  async offline(options: MsipClientOptions = {}): Promise<MsipClient> {
    const client = this.make({ maxReconnectAttempts: 0, ...options });
    this.script.dial = () => 'refuse';
    client.connect().catch(() => {});
    await this.settle();
    return client;
  }

  /** The network is there, and the client tries. */
  async online(client: MsipClient): Promise<void> {
    this.script.dial = () => 'accept';
    await this.when(client.connect());
  }

  /** The connection fails, and another is made. */
  async interrupt(client: MsipClient): Promise<void> {
    this.link.cut();
    await this.settle();
    await this.online(client);
  }

  /** What a promise resolves with now. Throws what it rejects with, and when it does neither. */
  async when<T>(promise: Promise<T>): Promise<T> {
    const outcome = new Outcome(promise);
    await this.settle();
    return outcome.value;
  }

  settle(): Promise<void> {
    return this.clock.settle();
  }

  readonly dial = (url: string, options: MsipDialOptions): Promise<Transport> => {
    this.dials.push({ url, at: this.clock.now(), options });
    const answer = this.script.dial(url);
    if (answer === 'refuse') return Promise.reject(new TransportError('CONNECTION_REFUSED', `nobody at ${url}`));
    if (answer === 'hang') return new Promise(() => {});
    const link = new ServerLink(this.clock, this.script);
    this.links.push(link);
    this.onLink(link, this.links.length);
    return Promise.resolve(link.transport);
  };
}
