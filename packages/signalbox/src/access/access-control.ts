/**
 * Everybody who has a say in who may connect and who may do what, in their order, as hooks of a broker. It must not know
 * packets, nor which protocol a client speaks.
 */
import type { AuthenticationMethod, AuthenticationStep } from '../broker/admission/authentication-method.ts';
import type {
  Action,
  ActionDetails,
  AuthenticationResult,
  BrokerHooks,
  ClientInfo,
  Credentials,
  Maybe,
} from '../broker/hooks.ts';
import { isTopicFilter } from '../mqtt/topics.ts';
import { AccessError } from './access-error.ts';
import type { Acl } from './acl.ts';
import { parseSharedRule } from './acl-file.ts';
import { type Rule, RuleList } from './acl-rules.ts';
import type { Authenticator, Authorizer, Verdict } from './authenticator.ts';
import { type CertificateUser, nameFrom } from './certificate-user.ts';
import { ClientIdPattern } from './client-id-pattern.ts';
import { parseLevels } from './filter-levels.ts';

export interface AccessControlOptions {
  /**
   * Asked in this order until one admits or refuses; what all leave to the next one is refused: with 0x86, and with 0x87
   * who presents nothing. Without any, and without `certificateUser` and `methods`, `authenticate` is no hook.
   */
  readonly authenticators?: readonly Authenticator[];
  /** Authentication Methods (AUTH), such as `scramMethod(users)`. */
  readonly methods?: readonly AuthenticationMethod[];
  /** The user name is that of the client's certificate. */
  readonly certificateUser?: CertificateUser;
  /** Which Client Identifiers a user may take, such as `%u-*`: who asks for another is refused with 0x85. Default: any. */
  readonly clientIds?: string;
  readonly acl?: Acl;
  /** Asked, in this order, what `acl` does not decide; then its `default` holds. Without both everything is allowed. */
  readonly authorizers?: readonly Authorizer[];
}

interface Question {
  readonly client: ClientInfo;
  readonly action: Action;
  readonly topic: string;
  readonly details: ActionDetails | undefined;
}

/** Answers of one client: topics that come again need no rules. */
interface Known {
  readonly topics: Map<string, boolean>;
  grants: RuleList | undefined;
}

/** More topics than a device has; beyond that the one that was asked for first is forgotten. */
const TOPICS_PER_CLIENT = 64;
const BAD_USER_NAME_OR_PASSWORD = 0x86;
const NOT_AUTHORIZED = 0x87;

export class AccessControl {
  readonly hooks: BrokerHooks;
  readonly #options: AccessControlOptions;
  readonly #authenticators: readonly Authenticator[];
  readonly #authorizers: readonly Authorizer[];
  readonly #clientIds: ClientIdPattern | undefined;
  #known = new WeakMap<ClientInfo, Known>();

  /** Throws AccessError `BAD_OPTIONS`. */
  constructor(options: AccessControlOptions) {
    this.#options = options;
    this.#clientIds = options.clientIds === undefined ? undefined : new ClientIdPattern(options.clientIds);
    this.#authenticators = options.authenticators ?? [];
    this.#authorizers = [...(options.acl === undefined ? [] : [options.acl]), ...(options.authorizers ?? [])];
    const { methods = [], certificateUser } = options;
    const isAuthenticating = this.#authenticators.length > 0 || methods.length > 0 || certificateUser !== undefined;
    if (this.#clientIds !== undefined && !isAuthenticating) {
      throw new AccessError('BAD_OPTIONS', 'clientIds needs clients that prove who they are');
    }
    this.hooks = {
      ...(isAuthenticating && { authenticate: (client, credentials) => this.#authenticate(client, credentials) }),
      ...(methods.length > 0 && { authenticationMethods: methods.map((each) => this.#certified(each)) }),
      ...(this.#clientIds !== undefined && {
        allowsClientId: ({ clientId, username }) => this.#clientIds!.allows(clientId, username),
      }),
      // Whoever is authenticated can have rights of its own, so this is asked as well where there are no rules.
      ...((isAuthenticating || this.#authorizers.length > 0) && {
        authorize: (client, action, topic, details) => this.#authorize(client, action, topic, details),
      }),
    };
  }

  /**
   * Reads all files again; throws AccessError with a line for each mistake, and then nothing has changed. Who was admitted
   * stays; `broker.reviewSubscriptions()` applies new rules to subscriptions that exist.
   */
  reload(): void {
    this.prepareReload()();
  }

  /** The first half of it: changes nothing, and answers the other half, which cannot fail. */
  prepareReload(): () => void {
    const prepared: ((() => void) | undefined)[] = [];
    const mistakes: AccessError[] = [];
    for (const part of this.#parts) {
      try {
        prepared.push(part.prepareReload?.());
      } catch (error) {
        if (!(error instanceof AccessError)) throw error;
        mistakes.push(error);
      }
    }
    const [first] = mistakes;
    if (first !== undefined) throw new AccessError(first.code, mistakes.map(({ message }) => message).join('\n'));
    return () => {
      for (const putIntoForce of prepared) putIntoForce?.();
      this.#known = new WeakMap();
    };
  }

  close(): void {
    for (const part of this.#parts) part.close?.();
  }

  get #parts(): Set<Authenticator | Authorizer> {
    return new Set<Authenticator | Authorizer>([...this.#authenticators, ...this.#authorizers]);
  }

  #authenticate(client: ClientInfo, credentials: Credentials): Maybe<AuthenticationResult> {
    const { certificateUser } = this.#options;
    const name = this.#certifiedName(client);
    if (name === undefined) return this.#askFrom(0, client, credentials);
    // A certificate is for one name; who gives another one wants to be somebody else.
    if (credentials.username !== undefined && credentials.username !== name) return BAD_USER_NAME_OR_PASSWORD;
    if (certificateUser!.password !== 'required') return { username: name };
    return this.#askFrom(0, { ...client, username: name }, { ...credentials, username: name });
  }

  #certifiedName({ certificate }: ClientInfo): string | undefined {
    const { certificateUser } = this.#options;
    return certificateUser === undefined ? undefined : nameFrom(certificate, certificateUser.from);
  }

  /** The same for who proves by another method who it is. */
  #certified(method: AuthenticationMethod): AuthenticationMethod {
    const begin: AuthenticationMethod['begin'] = (client, credentials) => {
      const exchange = method.begin(client, credentials);
      const name = this.#certifiedName(client);
      if (name === undefined) return exchange;
      const check = (step: AuthenticationStep): AuthenticationStep => {
        if (step.type !== 'success') return step;
        const { username = client.username } = step.admission === true ? client : step.admission;
        return username === name ? step : { type: 'failure', reasonCode: BAD_USER_NAME_OR_PASSWORD };
      };
      return {
        next: (data) => {
          const step = exchange.next(data);
          return isPromise(step) ? step.then(check) : check(step);
        },
      };
    };
    return { name: method.name, begin };
  }

  #askFrom(first: number, client: ClientInfo, credentials: Credentials): Maybe<AuthenticationResult> {
    for (let index = first; index < this.#authenticators.length; index++) {
      const verdict = this.#authenticators[index]!.authenticate(client, credentials);
      if (isPromise(verdict)) {
        return verdict.then((late) =>
          late === undefined ? this.#askFrom(index + 1, client, credentials) : asResult(late, client),
        );
      }
      if (verdict !== undefined) return asResult(verdict, client);
    }
    const isAnonymous = credentials.username === undefined && credentials.password === undefined;
    return isAnonymous ? NOT_AUTHORIZED : BAD_USER_NAME_OR_PASSWORD;
  }

  #authorize(client: ClientInfo, action: Action, topic: string, details?: ActionDetails): Maybe<boolean> {
    let known = this.#known.get(client);
    const answered = action === 'publish' ? known?.topics.get(topic) : undefined;
    if (answered !== undefined) return answered;
    if (known === undefined) {
      known = { topics: new Map(), grants: client.acl === undefined ? undefined : grantsOf(client.acl) };
      this.#known.set(client, known);
    }
    const answer =
      known.grants === undefined
        ? this.#ask(0, { client, action, topic, details })
        : this.#askGrants(known.grants, { client, action, topic, details });
    if (action === 'publish' && typeof answer === 'boolean') remember(known.topics, topic, answer);
    return answer;
  }

  /** What a token grants is all there is to it; the file can still deny, nothing else is asked. */
  #askGrants(grants: RuleList, { client, action, topic, details }: Question): boolean {
    const decision =
      action === 'publish' ? grants.ofTopic(action, topic) : grants.ofFilter(action, topic, details?.shareName);
    return decision === 'allow' && this.#options.acl?.decide(client, action, topic, details) !== 'deny';
  }

  #ask(first: number, question: Question): Maybe<boolean> {
    const { client, action, topic, details } = question;
    for (let index = first; index < this.#authorizers.length; index++) {
      const verdict = this.#authorizers[index]!.authorize(client, action, topic, details);
      if (isPromise(verdict)) return verdict.then((late) => late ?? this.#ask(index + 1, question));
      if (verdict !== undefined) return verdict;
    }
    const { acl } = this.#options;
    return acl === undefined ? this.#authorizers.length === 0 : acl.fallback === 'allow';
  }
}

/** What is no Topic Filter grants nothing. */
function grantsOf({ publish, subscribe }: NonNullable<ClientInfo['acl']>): RuleList {
  const rules = (filters: readonly string[], action: Action): Rule[] =>
    filters.filter(isTopicFilter).map((filter) => {
      const { topicFilter = filter, shareName } = parseSharedRule(filter) ?? {};
      return { isAllowing: true, action, shareName, levels: parseLevels(topicFilter) };
    });
  return new RuleList([...rules(publish, 'publish'), ...rules(subscribe, 'subscribe')]);
}

function remember(topics: Map<string, boolean>, topic: string, answer: boolean): void {
  if (topics.size >= TOPICS_PER_CLIENT) topics.delete(topics.keys().next().value!);
  topics.set(topic, answer);
}

/** Who is admitted has the name by which it was. */
function asResult(verdict: NonNullable<Verdict>, { username }: ClientInfo): AuthenticationResult {
  if (typeof verdict === 'number') return verdict;
  return verdict === true ? { username } : { username, ...verdict };
}

function isPromise<T>(answer: Maybe<T>): answer is Promise<T> {
  return answer instanceof Promise;
}
