/**
 * The enhanced authentication of one connection (§4.12): the exchange that goes on, and until when it may. Exists only
 * where CONNECT named a method. Which AUTH may come when, the core has checked.
 */
import { ReasonCode } from '../../mqtt/reason-codes.ts';
import type { ClientLink } from '../connection/client-link.ts';
import { after, type ClientInfo, type Credentials, type Maybe } from '../hooks.ts';
import { reviewConnected } from '../sessions/reviewing.ts';
import { admitted } from './admission.ts';
import type { AuthenticationExchange, AuthenticationMethod, AuthenticationStep } from './authentication-method.ts';

/** Called with each step; answers when what follows from it is done. */
type OnStep = (step: AuthenticationStep) => Maybe<void>;

export class Authenticating {
  readonly method: string;
  /** Milliseconds on the broker's clock until when the exchange has to end; Infinity while there is none. */
  deadline = Number.POSITIVE_INFINITY;
  /** Who the client says it is, as its method understood it. */
  username: string | undefined = undefined;
  readonly #link: ClientLink;
  readonly #method: AuthenticationMethod;
  #exchange: AuthenticationExchange | undefined = undefined;
  #onStep: OnStep = () => undefined;

  constructor(link: ClientLink, method: AuthenticationMethod) {
    this.#link = link;
    this.#method = method;
    this.method = method.name;
  }

  /** Begins the exchange that CONNECT asks for. */
  begin(client: ClientInfo, credentials: Credentials, data: Uint8Array | undefined, onStep: OnStep): Maybe<void> {
    return this.#start(this.#method.begin(client, credentials), data, onStep);
  }

  /** AUTH with Re-authenticate. Other packets go on as before; a failure ends the connection. [MQTT-4.12.1-2] */
  renew(client: ClientInfo, data: Uint8Array | undefined): Maybe<void> {
    return this.#start(this.#method.begin(client, undefined), data, (step) => this.#onRenewal(step));
  }

  /** AUTH with Continue authentication. One that nobody waits for breaks the protocol. */
  next(data: Uint8Array | undefined): Maybe<void> {
    if (this.#exchange === undefined) return this.#link.disconnect(ReasonCode.ProtocolError);
    return after(this.#exchange.next(data), (step) => this.#onAnswer(step));
  }

  /** The exchange has taken too long. */
  giveUp(): void {
    this.#onAnswer({ type: 'failure' });
  }

  #start(exchange: AuthenticationExchange, data: Uint8Array | undefined, onStep: OnStep): Maybe<void> {
    const { exchange: broker } = this.#link;
    this.#exchange = exchange;
    this.#onStep = onStep;
    this.deadline = broker.now() + broker.limits.authenticationTimeoutMs;
    broker.wheel.schedule(this.#link);
    return this.next(data);
  }

  #onAnswer(step: AuthenticationStep): Maybe<void> {
    const link = this.#link;
    if (link.isClosed || this.#exchange === undefined) return undefined;
    if (step.type === 'continue') return this.#inTurn(step);
    this.#exchange = undefined;
    this.deadline = Number.POSITIVE_INFINITY;
    return this.#onStep(step);
  }

  /** The client gets its challenge when its turn to try has come. */
  #inTurn(step: AuthenticationStep & { readonly type: 'continue' }): Maybe<void> {
    const { exchange, transport } = this.#link;
    const exchanging = this.#exchange;
    const isNew = step.username !== undefined && step.username !== this.username;
    this.username = step.username ?? this.username;
    const delay = isNew ? exchange.warden.delay(transport.remoteAddress, step.username, exchange.lastNow) : 0;
    if (delay === 0) return this.#goOn(step);
    if (delay === Number.POSITIVE_INFINITY) {
      return this.#onAnswer({ type: 'failure', reasonCode: ReasonCode.ConnectionRateExceeded });
    }
    return exchange.warden.wait(delay, exchange.lastNow).then(() => {
      if (!this.#link.isClosed && this.#exchange === exchanging) this.#goOn(step);
    });
  }

  #goOn(step: AuthenticationStep & { readonly type: 'continue' }): void {
    const properties = this.#properties(step);
    this.#link.send({ type: 'auth', reasonCode: ReasonCode.ContinueAuthentication, properties }); // [MQTT-4.12.0-2] [MQTT-4.12.0-5]
  }

  #onRenewal(step: AuthenticationStep): Maybe<void> {
    const link = this.#link;
    const { client: former, exchange } = link;
    if (step.type !== 'success') {
      exchange.warden.onFailed(former!.remoteAddress, former!.username, exchange.now());
      return link.disconnect(ReasonCode.NotAuthorized); // [MQTT-4.12.1-2]
    }
    const client = admitted(former!, step.admission, exchange.clock);
    // Its session, its will and its subscriptions belong to who it was.
    if (client.username !== former!.username) return link.disconnect(ReasonCode.NotAuthorized);
    link.client = client;
    link.session?.renewAuthor(client);
    exchange.wheel.schedule(link);
    link.send({ type: 'auth', reasonCode: ReasonCode.Success, properties: this.#properties(step) });
    return reviewConnected(link);
  }

  #properties({ data }: { readonly data?: Uint8Array | undefined }): object {
    return { authenticationMethod: this.method, ...(data === undefined ? {} : { authenticationData: data }) };
  }
}
