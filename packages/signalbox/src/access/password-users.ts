/**
 * The users of a password file: checked by password, or by SCRAM. A user that does not exist costs the same derivation as
 * one that does. Read again without a restart.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ClientInfo, Credentials, Maybe } from '../broker/hooks.ts';
import type { Authenticator, Verdict } from './authenticator.ts';
import { DEFAULT_COST, Derivations, KEY_BYTES } from './derivations.ts';
import { type PasswordEntry, type PasswordList, parsePasswordFile } from './password-file.ts';
import type { ScramUsers } from './scram.ts';
import { DEFAULT_ITERATIONS, fakeScramKeys, HASH_BYTES, SALT_BYTES, type ScramKeys } from './scram-keys.ts';
import { readTextFile } from './text-file.ts';

export interface PasswordUsersOptions {
  /** Default: some of its own. */
  readonly derivations?: Derivations;
  /**
   * Passwords that were right lately are known again without a derivation, so that all devices can come back at once: this
   * many are remembered, as keyed hashes that mean nothing outside of this process. Default 10,000; 0: none.
   */
  readonly remembered?: number;
}

const BAD_USER_NAME_OR_PASSWORD = 0x86;
const SERVER_BUSY = 0x89;

export class PasswordUsers implements Authenticator, ScramUsers {
  readonly name = 'password file';
  readonly #path: string;
  readonly #derivations: Derivations;
  readonly #remembered: number;
  readonly #right = new Map<string, PasswordEntry>();
  readonly #processKey = randomBytes(HASH_BYTES);
  #list: PasswordList;
  #decoy: PasswordEntry;

  /** Reads the file. Throws AccessError. */
  constructor(path: string, { derivations = new Derivations(), remembered = 10_000 }: PasswordUsersOptions = {}) {
    this.#path = path;
    this.#derivations = derivations;
    this.#remembered = remembered;
    this.#list = parsePasswordFile(readTextFile(path), path);
    this.#decoy = decoyFor(this.#list);
  }

  get size(): number {
    return this.#list.users.size;
  }

  /** Whether users of it can log in by SCRAM. */
  get hasScram(): boolean {
    return [...this.#list.users.values()].some(({ scram }) => scram !== undefined);
  }

  /** Reads the file again. Throws AccessError, and then nothing has changed. */
  reload(): void {
    this.prepareReload()();
  }

  prepareReload(): () => void {
    const list = parsePasswordFile(readTextFile(this.#path), this.#path);
    return () => {
      this.#list = list;
      this.#decoy = decoyFor(list);
      this.#right.clear();
    };
  }

  /** Knows nothing of who gives no user name or no password, nor of users that do not exist. */
  authenticate(_client: ClientInfo, { username, password }: Credentials): Maybe<Verdict> {
    if (username === undefined || password === undefined) return undefined;
    const entry = this.#list.users.get(username);
    const digest = this.#digest(username, password);
    if (entry !== undefined && this.#right.get(digest) === entry) return { username };
    const { salt, cost, hash } = entry ?? this.#decoy;
    const derived = this.#derivations.derive(password, salt, cost);
    if (derived === undefined) return SERVER_BUSY;
    return derived.then((key) => {
      const isRight = timingSafeEqual(key, hash);
      if (entry === undefined) return undefined;
      if (!isRight) return BAD_USER_NAME_OR_PASSWORD;
      this.#remember(digest, entry);
      return { username };
    });
  }

  keysOf(username: string): { readonly keys: ScramKeys; readonly exists: boolean } {
    const keys = this.#list.users.get(username)?.scram;
    if (keys !== undefined) return { keys, exists: true };
    const secret = this.#list.fakeKey ?? this.#processKey;
    return { keys: fakeScramKeys(username, secret, this.#decoy.scram!.iterations), exists: false };
  }

  #digest(username: string, password: Uint8Array): string {
    return createHmac('sha256', this.#processKey).update(`${username}\0`).update(password).digest('base64');
  }

  #remember(digest: string, entry: PasswordEntry): void {
    if (this.#remembered === 0) return;
    this.#right.delete(digest);
    if (this.#right.size >= this.#remembered) this.#right.delete(this.#right.keys().next().value!);
    this.#right.set(digest, entry);
  }
}

/** As expensive as the first user of the file. */
function decoyFor({ users }: PasswordList): PasswordEntry {
  const [first] = users.values();
  const withScram = [...users.values()].find(({ scram }) => scram !== undefined);
  const nothing = {
    salt: new Uint8Array(SALT_BYTES),
    storedKey: new Uint8Array(HASH_BYTES),
    serverKey: new Uint8Array(HASH_BYTES),
  };
  return {
    username: '',
    cost: first?.cost ?? DEFAULT_COST,
    salt: randomBytes(SALT_BYTES),
    hash: randomBytes(KEY_BYTES),
    scram: { ...nothing, iterations: withScram?.scram?.iterations ?? DEFAULT_ITERATIONS },
  };
}
