// The stage of the client's tests: a clock that only a test moves, a network in memory, and a server that follows a script.
// No socket, no timer, no waiting.

import type { Client } from '../../../src/client/client.ts';
import type { ClientOptions, DialOptions } from '../../../src/client/client-options.ts';
import { connect } from '../../../src/client/index.ts';
// What the client loads when it is asked for is here before: the clock of a test does not wait for files.
import '../../../src/client/authentication/proving.ts';
import '../../../src/client/publishing/publish-stream.ts';
import '../../../src/client/reply.ts';
import '../../../src/client/requests.ts';
import '../../../src/client/url-options.ts';
import type { Connection } from '../../../src/mqtt/connection.ts';
import type { ConnectPacket } from '../../../src/mqtt/packets/connect.ts';
import { Session } from '../../../src/mqtt/session.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { TransportError } from '../../../src/transport/transport-error.ts';
import { ManualClientClock } from './manual-client-clock.ts';
import { Outcome } from './outcome.ts';
import { ServerLink } from './server-link.ts';
import { ServerScript } from './server-script.ts';

export const URL = 'mqtt://server';

export class Stage {
  readonly clock = new ManualClientClock();
  readonly script = new ServerScript();
  /** Every network connection so far, in order. */
  readonly links: ServerLink[] = [];
  /** Every URL that was dialled, with the options. */
  readonly dials: { readonly url: string; readonly at: number; readonly options: DialOptions }[] = [];
  /** What the client could tell by no promise. */
  readonly problems: Error[] = [];
  /** What the server keeps, by Client Identifier. */
  readonly sessions = new Map<string, Session>();

  /** The network connection that was made last. */
  get link(): ServerLink {
    return this.links.at(-1)!;
  }

  /** A client that may be connected or not: what connect() is given is ours. */
  begin(options: ClientOptions = {}): Outcome<Client> {
    return new Outcome(connect(this.options(options)));
  }

  options(options: ClientOptions = {}): ClientOptions {
    const { clock } = this;
    const onProblem = (problem: Error) => this.problems.push(problem);
    return { url: URL, clock, dial: this.dial, onProblem, ...options };
  }

  /** A client that is connected. */
  async connect(options: ClientOptions = {}): Promise<Client> {
    const outcome = this.begin(options);
    await this.clock.settle();
    return outcome.value;
  }

  /** A client that has a connection as soon as the script lets it in; connect() has returned. */
  async offline(options: ClientOptions = {}): Promise<Client> {
    this.script.dial = () => 'refuse';
    const client = await this.connect({ awaitConnection: false, ...options });
    return client;
  }

  /** The network is there again, and the client tries. */
  async online(client: Client): Promise<void> {
    this.script.dial = () => 'accept';
    client.reconnect();
    await this.clock.settle();
  }

  /** The connection fails, and another is made. */
  async interrupt(client: Client): Promise<void> {
    this.link.cut();
    await this.clock.settle();
    await this.online(client);
  }

  /** What a promise of the client resolves with now. Throws what it rejects with, and when it does neither. */
  async when<T>(promise: Promise<T>): Promise<T> {
    const outcome = new Outcome(promise);
    await this.clock.settle();
    return outcome.value;
  }

  settle(): Promise<void> {
    return this.clock.settle();
  }

  readonly dial = (url: string, options: DialOptions): Promise<Transport> => {
    this.dials.push({ url, at: this.clock.now(), options });
    const answer = this.script.dial(url);
    if (answer === 'refuse') return Promise.reject(new TransportError('CONNECTION_REFUSED', `nobody at ${url}`));
    if (answer === 'hang') return new Promise(() => {});
    const link = new ServerLink(this, url);
    this.links.push(link);
    return Promise.resolve(link.transport);
  };

  /** Attaches the session of the client; true when there was one. */
  takeSession({ clientId, cleanStart }: ConnectPacket, core: Connection, reasonCode: number): boolean {
    if (reasonCode !== 0) return false;
    const known = cleanStart ? undefined : this.sessions.get(clientId);
    const session = known ?? new Session();
    this.sessions.set(clientId, session);
    core.attach(session);
    return known !== undefined;
  }
}
