/**
 * Authentication by JSON Web Token: who the client is, its groups and rights, and when it has to go, all from a token that
 * somebody trusted has signed.
 */
import { type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import {
  type Admission,
  type Authenticator,
  type ClientInfo,
  type Credentials,
  readTexts,
  readTopicGrants,
  type Verdict,
} from 'signalbox/access';
import { checkAlgorithms, type JwtAlgorithm, type JwtKeys, loadKeys } from './keys.ts';

export interface JwtOptions extends JwtKeys {
  /** Those a token may be signed with. There is no default, and never `none`. */
  readonly algorithms: readonly JwtAlgorithm[];
  /** What `iss` must be: one of these. Default: anything. */
  readonly issuer?: string | readonly string[];
  /** What `aud` must contain: one of these. Default: anything. */
  readonly audience?: string | readonly string[];
  /** By how many seconds clocks may differ. Default 5. */
  readonly clockToleranceSeconds?: number;
  /** Claims that must be there. Default: `exp`. */
  readonly requiredClaims?: readonly string[];
  /** Where the client puts its token. Default: the password. */
  readonly tokenFrom?: 'password' | 'username';
  /** The claim that is the user name; a token without it is refused. Default `sub`. */
  readonly usernameClaim?: string;
  /** The claim with a list of groups. Default `groups`. */
  readonly groupsClaim?: string;
  /** The claim with lists of Topic Filters, `{ "publish": […], "subscribe": […] }`. Default `acl`. */
  readonly aclClaim?: string;
  /** Milliseconds since 1970. Default: the clock of the system. */
  readonly now?: () => number;
}

const BAD_USER_NAME_OR_PASSWORD = 0x86;
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

export class JwtAuthenticator implements Authenticator {
  readonly name = 'JWT';
  readonly #options: JwtOptions;
  #keys: JWTVerifyGetKey;

  /** Reads the keys. Throws AccessError. */
  constructor(options: JwtOptions) {
    checkAlgorithms(options.algorithms, options);
    this.#options = options;
    this.#keys = loadKeys(options);
  }

  /** Reads the keys again. Throws AccessError, and then nothing has changed. */
  reload(): void {
    this.prepareReload()();
  }

  prepareReload(): () => void {
    const keys = loadKeys(this.#options);
    return () => {
      this.#keys = keys;
    };
  }

  /** What does not look like a token is left to others; a token that is not right is refused with 0x86. */
  authenticate(_client: ClientInfo, { username, password }: Credentials): Promise<Verdict> | undefined {
    const { tokenFrom = 'password' } = this.#options;
    const text = tokenFrom === 'username' ? username : password && Buffer.from(password).toString('latin1');
    if (text === undefined || !COMPACT.test(text)) return undefined;
    return this.#verify(text);
  }

  async #verify(token: string): Promise<Verdict> {
    let payload: JWTPayload;
    try {
      ({ payload } = await jwtVerify(token, this.#keys, this.#verification()));
    } catch {
      return BAD_USER_NAME_OR_PASSWORD; // what exactly is wrong is nobody's business but the issuer's
    }
    return this.#admissionOf(payload) ?? BAD_USER_NAME_OR_PASSWORD;
  }

  #verification(): JWTVerifyOptions {
    const { algorithms, issuer, audience, requiredClaims = ['exp'] } = this.#options;
    return {
      algorithms: [...algorithms],
      requiredClaims: [...requiredClaims],
      clockTolerance: this.#tolerance,
      currentDate: new Date(this.#options.now?.() ?? Date.now()),
      ...(issuer !== undefined && { issuer: typeof issuer === 'string' ? issuer : [...issuer] }),
      ...(audience !== undefined && { audience: typeof audience === 'string' ? audience : [...audience] }),
    };
  }

  /** Undefined when a claim is not what it should be. */
  #admissionOf(payload: JWTPayload): Admission | undefined {
    const { usernameClaim = 'sub', groupsClaim = 'groups', aclClaim = 'acl' } = this.#options;
    const { [usernameClaim]: username, [groupsClaim]: listed, [aclClaim]: granted } = payload;
    const groups = listed === undefined ? [] : readTexts(listed);
    const acl = granted === undefined ? undefined : readTopicGrants(granted);
    if (typeof username !== 'string' || username === '' || groups === undefined) return undefined;
    if (granted !== undefined && acl === undefined) return undefined;
    const expiresAt = payload.exp === undefined ? undefined : (payload.exp + this.#tolerance) * 1_000;
    return { username, groups, acl, expiresAt };
  }

  get #tolerance(): number {
    return this.#options.clockToleranceSeconds ?? 5;
  }
}
