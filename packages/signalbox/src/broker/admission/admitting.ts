/**
 * Whether a client may connect (§3.1.4, §4.12): the bans, the anonymous, who has to wait for its turn to try, and the
 * hooks. What an answer leads to is decided elsewhere.
 */
import type { ConnectPacket } from '../../mqtt/packets/connect.ts';
import { ReasonCode } from '../../mqtt/reason-codes.ts';
import type { ClientLink } from '../connection/client-link.ts';
import { type AuthenticationResult, after, type ClientInfo, type Maybe } from '../hooks.ts';
import { isAdmission } from './admission.ts';
import { Authenticating } from './authenticating.ts';
import type { AuthenticationMethod } from './authentication-method.ts';

/** Called with the answer, and the data that enhanced authentication sends with CONNACK. */
type OnAnswer = (answer: AuthenticationResult, data: Uint8Array | undefined) => Maybe<void>;

export class Admitting {
  readonly #link: ClientLink;
  readonly #packet: ConnectPacket;
  readonly #client: ClientInfo;
  readonly #onAnswer: OnAnswer;

  /** The packet must hold bytes of its own. */
  constructor(link: ClientLink, packet: ConnectPacket, onAnswer: OnAnswer) {
    this.#link = link;
    this.#packet = packet;
    this.#client = link.client!;
    this.#onAnswer = onAnswer;
  }

  start(): Maybe<void> {
    const { warden, hooks, lastNow } = this.#link.exchange;
    const { remoteAddress, clientId } = this.#client;
    if (warden.isBanned(remoteAddress, clientId, lastNow)) return this.#onAnswer(ReasonCode.Banned, undefined);
    const name = this.#packet.properties.authenticationMethod;
    const method = hooks.authenticationMethods?.find((each) => each.name === name);
    if (name !== undefined && method === undefined) {
      return this.#onAnswer(ReasonCode.BadAuthenticationMethod, undefined); // [MQTT-4.12.0-1]
    }
    if (method === undefined) {
      const answer = this.#withoutAsking();
      if (answer !== undefined) return this.#onAnswer(answer, undefined);
    }
    const delay = warden.delay(remoteAddress, this.#packet.username, lastNow);
    if (delay === 0) return this.#ask(method);
    if (delay === Number.POSITIVE_INFINITY) return this.#onAnswer(ReasonCode.ConnectionRateExceeded, undefined);
    return warden.wait(delay, lastNow).then(() => (this.#link.isClosed ? undefined : this.#ask(method)));
  }

  /** Who presents nothing may come in or not, as the listener says. */
  #withoutAsking(): AuthenticationResult | undefined {
    const { username, password } = this.#packet;
    const { allowAnonymous } = this.#link.entrance;
    const isAnonymous = username === undefined && password === undefined && this.#client.certificate === undefined;
    if (isAnonymous && allowAnonymous !== undefined) return allowAnonymous;
    if (this.#link.exchange.hooks.authenticate !== undefined) return undefined;
    // A user name that nobody looks at is no more than none.
    return allowAnonymous !== false || this.#client.certificate !== undefined;
  }

  #ask(method: AuthenticationMethod | undefined): Maybe<void> {
    const { authenticate } = this.#link.exchange.hooks;
    const { username, password, cleanStart, will, properties } = this.#packet;
    const credentials = { username, password, cleanStart, will, userProperties: properties.userProperties ?? [] };
    if (method === undefined) {
      return after(authenticate!(this.#client, credentials), (answer) => this.#onAnswered(answer, undefined));
    }
    const authenticating = new Authenticating(this.#link, method);
    this.#link.authentication = authenticating;
    return authenticating.begin(this.#client, credentials, properties.authenticationData, (step) => {
      if (step.type === 'success') return this.#onAnswered(step.admission, step.data);
      return this.#onAnswered(step.type === 'failure' ? (step.reasonCode ?? false) : false, undefined); // [MQTT-4.12.0-4]
    });
  }

  #onAnswered(answer: AuthenticationResult, data: Uint8Array | undefined): Maybe<void> {
    const { exchange } = this.#link;
    const { remoteAddress } = this.#client;
    const { password } = this.#packet;
    const username = this.#link.authentication?.username ?? this.#packet.username;
    if (isAdmission(answer)) exchange.warden.onSucceeded(remoteAddress, username);
    else if (isGuess(answer) && (username ?? password ?? this.#link.authentication) !== undefined) {
      exchange.warden.onFailed(remoteAddress, username, exchange.now());
    }
    return this.#onAnswer(answer, data);
  }
}

/** Other refusals, such as Server busy, say nothing about what the client presented. */
function isGuess(answer: unknown): boolean {
  return answer === false || answer === ReasonCode.NotAuthorized || answer === ReasonCode.BadUserNameOrPassword;
}
