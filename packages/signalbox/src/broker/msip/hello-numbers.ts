/**
 * Sessions by the msg_id of the HELLO that opened them, in decimal digits: the reference clients take it for their client id
 * from their second HELLO on. docs/msip.md, §4
 */
import type { ClientSession } from '../sessions/client-session.ts';

export class HelloNumbers {
  /** By number and user: as many programs begin with 1, nobody is to look through those of all others. */
  readonly #sessions = new Map<string, ClientSession | Set<ClientSession>>();

  /** Its owner must not change from now on, until it is forgotten. */
  enter(session: ClientSession, helloMsgId: string): void {
    this.forget(session);
    session.helloMsgId = helloMsgId;
    const key = keyOf(helloMsgId, session.owner);
    const same = this.#sessions.get(key);
    if (same === undefined) this.#sessions.set(key, session);
    else if (same instanceof Set) same.add(session);
    else this.#sessions.set(key, new Set([same, session]));
  }

  forget(session: ClientSession): void {
    const { helloMsgId, owner } = session;
    if (helloMsgId === undefined) return;
    session.helloMsgId = undefined;
    const key = keyOf(helloMsgId, owner);
    const same = this.#sessions.get(key);
    if (same instanceof Set) same.delete(session);
    if (same === session || (same instanceof Set && same.size === 0)) this.#sessions.delete(key);
  }

  /**
   * The one session that is meant by this number and belongs to this user. Numbers are not secret and can be the same: where
   * nobody has said who he is, a session that is in use is not taken, and neither is one of several.
   */
  find(helloMsgId: string, owner: string | undefined): ClientSession | undefined {
    const same = this.#sessions.get(keyOf(helloMsgId, owner));
    const [found, other] = same instanceof Set ? same : [same];
    if (other !== undefined) return undefined;
    return owner === undefined && found?.link !== undefined ? undefined : found;
  }
}

function keyOf(helloMsgId: string, owner: string | undefined): string {
  return owner === undefined ? helloMsgId : `${helloMsgId} ${owner}`;
}
