/**
 * Whether a client may connect (§3.1.4, §4.12): the bans, the anonymous, who has to wait for its turn to try, and the
 * hooks. What an answer leads to is decided elsewhere.
 */
import { ReasonCode } from '../../mqtt/reason-codes.ts';
import type { Link } from '../connection/link.ts';
import {
  type Admission,
  type AuthenticationResult,
  after,
  type ClientInfo,
  type Credentials,
  type Maybe,
} from '../hooks.ts';
import { admitted, isAdmission } from './admission.ts';
import type { Authenticating } from './authenticating.ts';
import type { AuthenticationMethod } from './authentication-method.ts';

/** Who asks to come in, and what becomes of the answer. Bytes must be its own. */
export interface AdmissionRequest {
  readonly credentials: Credentials;
  /** Of enhanced authentication, where that is asked for. */
  readonly enhanced?: EnhancedRequest | undefined;
  /** Called with the answer, and the data that enhanced authentication sends with CONNACK. */
  onAnswer(answer: AuthenticationResult, data: Uint8Array | undefined): Maybe<void>;
}

export interface EnhancedRequest {
  readonly method: string;
  readonly data: Uint8Array | undefined;
  /** Called once it is known that there is such a method. */
  begin(method: AuthenticationMethod): Authenticating;
}

export class Admitting {
  readonly #link: Link;
  readonly #request: AdmissionRequest;
  readonly #client: ClientInfo;
  #authenticating: Authenticating | undefined = undefined;

  constructor(link: Link, request: AdmissionRequest) {
    this.#link = link;
    this.#request = request;
    this.#client = link.client!;
  }

  start(): Maybe<void> {
    const { warden, hooks, lastNow } = this.#link.exchange;
    const { remoteAddress } = this.#client;
    const { credentials, enhanced } = this.#request;
    if (warden.isBanned(remoteAddress, lastNow)) return this.#answer(ReasonCode.Banned, undefined);
    const method = hooks.authenticationMethods?.find((each) => each.name === enhanced?.method);
    if (enhanced !== undefined && method === undefined) {
      return this.#answer(ReasonCode.BadAuthenticationMethod, undefined); // [MQTT-4.12.0-1]
    }
    if (method === undefined) {
      const answer = this.#withoutAsking();
      if (answer !== undefined) return this.#answer(answer, undefined);
    }
    // Who says to be a user that is banned as this client is, or lies: either way nothing has to be derived from its password.
    const claimed = { ...this.#client, owner: credentials.username };
    if (claimed.owner !== undefined && warden.isFlapping(claimed, lastNow)) {
      return this.#answer(ReasonCode.Banned, undefined);
    }
    const delay = warden.delay(remoteAddress, credentials.username, lastNow);
    if (delay === 0) return this.#ask(method);
    if (delay === Number.POSITIVE_INFINITY) return this.#answer(ReasonCode.ConnectionRateExceeded, undefined);
    return warden.wait(delay, lastNow).then(() => (this.#link.isClosed ? undefined : this.#ask(method)));
  }

  /** Who presents nothing may come in or not, as the listener says. */
  #withoutAsking(): AuthenticationResult | undefined {
    const { username, password } = this.#request.credentials;
    const { allowAnonymous } = this.#link.entrance;
    const isAnonymous = username === undefined && password === undefined && this.#client.certificate === undefined;
    if (isAnonymous && allowAnonymous !== undefined) return allowAnonymous;
    if (this.#link.exchange.hooks.authenticate !== undefined) return undefined;
    // A user name that nobody looks at is no more than none.
    return allowAnonymous !== false || this.#client.certificate !== undefined;
  }

  #ask(method: AuthenticationMethod | undefined): Maybe<void> {
    const { authenticate } = this.#link.exchange.hooks;
    const { credentials, enhanced } = this.#request;
    if (method === undefined || enhanced === undefined) {
      return after(authenticate!(this.#client, credentials), (answer) => this.#onAnswered(answer, undefined));
    }
    this.#authenticating = enhanced.begin(method);
    return this.#authenticating.begin(this.#client, credentials, enhanced.data, (step) => {
      if (step.type === 'success') return this.#onAnswered(step.admission, step.data);
      return this.#onAnswered(step.type === 'failure' ? (step.reasonCode ?? false) : false, undefined); // [MQTT-4.12.0-4]
    });
  }

  #onAnswered(answer: AuthenticationResult, data: Uint8Array | undefined): Maybe<void> {
    const { exchange } = this.#link;
    const { remoteAddress } = this.#client;
    const { password } = this.#request.credentials;
    const username = this.#authenticating?.username ?? this.#request.credentials.username;
    if (isAdmission(answer)) exchange.warden.onSucceeded(remoteAddress, ownerOf(answer));
    else if (isGuess(answer) && (username ?? password ?? this.#authenticating) !== undefined) {
      exchange.warden.onFailed(remoteAddress, username, exchange.now());
    }
    return this.#answer(answer, data);
  }

  #answer(answer: AuthenticationResult, data: Uint8Array | undefined): Maybe<void> {
    return this.#request.onAnswer(isAdmission(answer) ? this.#asThisClient(answer) : answer, data);
  }

  /** Who may come in may not be every client: that one can be banned, or somebody else's. */
  #asThisClient(admission: true | Admission): AuthenticationResult {
    const { warden, hooks, lastNow, clock } = this.#link.exchange;
    const client = admitted(this.#client, admission, clock);
    if (warden.isFlapping({ ...client, owner: ownerOf(admission) }, lastNow)) return ReasonCode.Banned;
    const isAllowed = hooks.allowsClientId === undefined || hooks.allowsClientId(client) === true;
    return isAllowed ? admission : ReasonCode.ClientIdentifierNotValid;
  }
}

/** The user whom authentication itself has named: not what the client says. */
export function ownerOf(admission: true | Admission): string | undefined {
  return admission === true ? undefined : admission.username;
}

/** Other refusals, such as Server busy, say nothing about what the client presented. */
function isGuess(answer: unknown): boolean {
  return answer === false || answer === ReasonCode.NotAuthorized || answer === ReasonCode.BadUserNameOrPassword;
}
