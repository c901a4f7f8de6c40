/**
 * The password file as text: one user per line, `name:$scrypt$…` and, unless it was left out, `:$scram-sha-256$…`; and a
 * line with the key for what users that do not exist are answered. Comments begin with #. It must not know how it is used.
 */
import { randomBytes, scryptSync } from 'node:crypto';
import { DEFAULT_COST, KEY_BYTES, type ScryptCost, scryptOptions } from './derivations.ts';
import {
  DEFAULT_ITERATIONS,
  deriveScramKeys,
  HASH_BYTES,
  LEAST_ITERATIONS,
  MOST_ITERATIONS,
  SALT_BYTES,
  type ScramKeys,
} from './scram-keys.ts';
import { Mistakes } from './text-file.ts';

export interface PasswordEntry {
  readonly username: string;
  readonly cost: ScryptCost;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
  readonly scram: ScramKeys | undefined;
}

export interface PasswordList {
  readonly users: ReadonlyMap<string, PasswordEntry>;
  /** Undefined in a file that was written by hand. */
  readonly fakeKey: Uint8Array | undefined;
}

export interface PasswordOptions {
  /** Default DEFAULT_COST. */
  readonly cost?: ScryptCost;
  /** Of SCRAM; 0 leaves its keys out, and then this user cannot use it. Default DEFAULT_ITERATIONS. */
  readonly scramIterations?: number;
}

const FAKE_KEY = '$fake-salt-key$';
const LONGEST_NAME = 65_535;

/** Throws AccessError `FILE_INVALID` with a line for each mistake. */
export function parsePasswordFile(text: string, path: string): PasswordList {
  const mistakes = new Mistakes(path);
  const users = new Map<string, PasswordEntry>();
  let fakeKey: Uint8Array | undefined;
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    if (line.startsWith(FAKE_KEY)) {
      fakeKey = readBase64(line.slice(FAKE_KEY.length), HASH_BYTES);
      if (fakeKey === undefined) mistakes.add(index + 1, `${FAKE_KEY} needs ${HASH_BYTES} bytes in base64`);
      return;
    }
    const entry = readEntry(line);
    if (typeof entry === 'string') mistakes.add(index + 1, entry);
    else if (users.has(entry.username))
      mistakes.add(index + 1, `the user ${JSON.stringify(entry.username)} is there twice`);
    else users.set(entry.username, entry);
  });
  mistakes.throwIfAny();
  return { users, fakeKey };
}

/** The same text with this user's line replaced or appended; comments and the rest stay as they are. */
export function withPassword(text: string, entry: PasswordEntry): string {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  if (!lines.some((line) => line.startsWith(FAKE_KEY)))
    lines.unshift(`${FAKE_KEY}${toBase64(randomBytes(HASH_BYTES))}`);
  const at = lines.findIndex((line) => line.startsWith(`${entry.username}:`));
  if (at < 0) lines.push(formatEntry(entry));
  else lines[at] = formatEntry(entry);
  return `${lines.join('\n')}\n`;
}

/** The text without this user; undefined when there is none. */
export function withoutUser(text: string, username: string): string | undefined {
  const lines = text.split('\n');
  const left = lines.filter((line) => !line.startsWith(`${username}:`));
  return left.length === lines.length ? undefined : left.join('\n');
}

/** What is wrong with a user name for the file, in words; undefined: nothing. */
export function problemOfUsername(username: string): string | undefined {
  if (username === '') return 'the user name is empty';
  if (/[\p{Cc}:]/u.test(username)) return 'a user name in this file has no colon and no control characters';
  if (/^[#$]/.test(username) || username.trim() !== username) {
    return 'a user name in this file does not begin with # or $, nor begin or end with a space';
  }
  return username.length > LONGEST_NAME ? 'the user name is too long' : undefined;
}

/** Takes some 100 ms. */
export function createEntry(username: string, password: string, options: PasswordOptions = {}): PasswordEntry {
  const { cost = DEFAULT_COST, scramIterations = DEFAULT_ITERATIONS } = options;
  const salt = randomBytes(SALT_BYTES);
  const hash = scryptSync(password, salt, KEY_BYTES, scryptOptions(cost));
  const scram = scramIterations === 0 ? undefined : deriveScramKeys(password, { iterations: scramIterations });
  return { username, cost, salt, hash, scram };
}

function formatEntry({ username, cost, salt, hash, scram }: PasswordEntry): string {
  const scrypt = `$scrypt$ln=${cost.logN},r=${cost.r},p=${cost.p}$${toBase64(salt)}$${toBase64(hash)}`;
  if (scram === undefined) return `${username}:${scrypt}`;
  const keys = [scram.salt, scram.storedKey, scram.serverKey].map(toBase64).join('$');
  return `${username}:${scrypt}:$scram-sha-256$i=${scram.iterations}$${keys}`;
}

/** The entry, or what is wrong with the line. */
function readEntry(line: string): PasswordEntry | string {
  const [username = '', scrypt, scramText, ...more] = line.split(':');
  const problem = problemOfUsername(username);
  if (problem !== undefined) return problem;
  if (scrypt === undefined) return 'there is no colon behind the user name';
  if (more.length > 0) return 'there are too many colons';
  const found = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([^$]*)\$([^$]*)$/.exec(scrypt);
  if (found === null) {
    const isMosquitto = /^\$[67]\$/.test(scrypt) ? '; hashes of Mosquitto cannot be taken over' : '';
    return `the password is not $scrypt$ln=…,r=…,p=…$salt$hash${isMosquitto}: use signalbox passwd`;
  }
  const cost = { logN: Number(found[1]), r: Number(found[2]), p: Number(found[3]) };
  const [salt, hash] = [readBase64(found[4]!), readBase64(found[5]!, KEY_BYTES)];
  if (salt === undefined || hash === undefined) return 'salt or hash of scrypt are not what they should be in base64';
  if (!isAffordable(cost)) return 'ln is from 1 to 20, r and p from 1, and a derivation takes 256 MB at most';
  const scram = scramText === undefined ? undefined : readScram(scramText);
  if (typeof scram === 'string') return scram;
  return { username, cost, salt, hash, scram };
}

function isAffordable({ logN, r, p }: ScryptCost): boolean {
  return logN >= 1 && logN <= 20 && r >= 1 && p >= 1 && 128 * r * 2 ** logN <= 256 * 1024 * 1024;
}

function readScram(text: string): ScramKeys | string {
  const found = /^\$scram-sha-256\$i=(\d{1,9})\$([^$]*)\$([^$]*)\$([^$]*)$/.exec(text);
  if (found === null) return 'behind the second colon there is $scram-sha-256$i=…$salt$stored$server, or nothing';
  const iterations = Number(found[1]);
  if (iterations < LEAST_ITERATIONS || iterations > MOST_ITERATIONS) {
    return `SCRAM has ${LEAST_ITERATIONS} to ${MOST_ITERATIONS} iterations`;
  }
  const [salt, storedKey, serverKey] = [
    readBase64(found[2]!),
    readBase64(found[3]!, HASH_BYTES),
    readBase64(found[4]!, HASH_BYTES),
  ];
  if (salt === undefined || storedKey === undefined || serverKey === undefined) {
    return 'salt or keys of SCRAM are not what they should be in base64';
  }
  return { iterations, salt, storedKey, serverKey };
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** Undefined when it is no base64, empty, or of another length than it must have. */
function readBase64(text: string, length?: number): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 0 || bytes.length > 1024 || (length !== undefined && bytes.length !== length)
    ? undefined
    : bytes;
}
