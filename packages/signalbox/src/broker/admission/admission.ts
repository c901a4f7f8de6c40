/**
 * From what authentication says to the client that everybody sees from then on. A ClientInfo never changes: a
 * re-authentication makes another one. It must not know how anybody is authenticated.
 */
import type { Clock } from '../clock.ts';
import type { Admission, AuthenticationResult, ClientInfo } from '../hooks.ts';

export const NO_GROUPS: readonly string[] = [];

/** Whether a hook's answer admits. An answer without a word, an empty object among them, does not. */
export function isAdmission(answer: AuthenticationResult): answer is true | Admission {
  if (answer === true) return true;
  if (typeof answer !== 'object' || answer === null) return false;
  return 'username' in answer || 'groups' in answer || 'acl' in answer || 'expiresAt' in answer;
}

/**
 * The client as it is from now on, with the end of its admission on the broker's clock. Throws TypeError when the hook said
 * something else than an Admission has.
 */
export function admitted(client: ClientInfo, admission: true | Admission, clock: Clock): ClientInfo {
  if (admission === true) return client;
  const { username = client.username, groups = NO_GROUPS, acl, expiresAt } = admission;
  if (username !== undefined && typeof username !== 'string') throw new TypeError('an Admission has no such username');
  if (!isListOfText(groups)) throw new TypeError('the groups of an Admission are a list of names');
  if (acl !== undefined && !(isListOfText(acl.publish) && isListOfText(acl.subscribe))) {
    throw new TypeError('the acl of an Admission has two lists of Topic Filters, publish and subscribe');
  }
  if (expiresAt !== undefined && (typeof expiresAt !== 'number' || Number.isNaN(expiresAt))) {
    throw new TypeError('expiresAt of an Admission is in milliseconds since 1970');
  }
  return {
    ...client,
    username,
    groups,
    acl,
    expiresAt: expiresAt === undefined ? undefined : onClock(clock, expiresAt),
  };
}

/** The machine's clock may have been set since the broker began to count. */
function onClock(clock: Clock, wallTime: number): number {
  const now = clock.now();
  return now + (wallTime - (clock.wallTime?.() ?? now));
}

function isListOfText(list: unknown): boolean {
  return Array.isArray(list) && list.every((each) => typeof each === 'string');
}

/** What says until when a client may stay can say that it is over. */
export function isOver({ expiresAt }: ClientInfo, now: number): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}

/** What is no reason for a refusal, an answer forgotten among it, refuses without one. */
export function isRefusal(result: AuthenticationResult): result is number {
  return typeof result === 'number' && result >= 0x80;
}
