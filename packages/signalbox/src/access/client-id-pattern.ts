/**
 * Which Client Identifiers a user may take: without such a rule, whoever comes first under the identifier of another user
 * has its session, and keeps the other one out for as long as that lasts.
 */
import { AccessError } from './access-error.ts';

const USER = '%u';
/** What the broker assigns to clients that bring none, of MQTT and of MSIP: nobody can want it in advance. */
const ASSIGNED = /^(auto-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{19,20})$/;

export class ClientIdPattern {
  readonly #parts: readonly string[];

  /**
   * `%u` stands for the user name that was proved, a `*` for any text: `%u`, `%u-*`, `sensors/%u/*`. Throws AccessError
   * `BAD_OPTIONS` for an empty one.
   */
  constructor(pattern: string) {
    if (pattern === '') throw new AccessError('BAD_OPTIONS', 'the pattern of client identifiers is empty');
    this.#parts = pattern.split('*');
  }

  /** Whether this user may be this client. Who has no name can only take what names nobody. */
  allows(clientId: string, username: string | undefined): boolean {
    if (ASSIGNED.test(clientId)) return true;
    if (username === undefined && this.#parts.some((part) => part.includes(USER))) return false;
    const parts = this.#parts.map((part) => part.split(USER).join(username));
    const [first = '', ...rest] = parts;
    const last = rest.pop();
    if (last === undefined) return clientId === first;
    if (!clientId.startsWith(first) || !clientId.endsWith(last)) return false;
    let at = first.length;
    const end = clientId.length - last.length;
    for (const part of rest) {
      const found = clientId.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= end;
  }
}
