/**
 * Sessions by the msg_id of the HELLO that opened them, in decimal digits: the reference clients take it for their client id
 * from their second HELLO on. docs/msip.md, §4
 */
import type { ClientSession } from '../sessions/client-session.ts';

export class HelloNumbers {
  readonly #sessions = new Map<string, Set<ClientSession>>();

  enter(session: ClientSession, helloMsgId: string): void {
    this.forget(session);
    session.helloMsgId = helloMsgId;
    let same = this.#sessions.get(helloMsgId);
    if (same === undefined) {
      same = new Set();
      this.#sessions.set(helloMsgId, same);
    }
    same.add(session);
  }

  forget(session: ClientSession): void {
    const { helloMsgId } = session;
    if (helloMsgId === undefined) return;
    session.helloMsgId = undefined;
    const same = this.#sessions.get(helloMsgId);
    same?.delete(session);
    if (same?.size === 0) this.#sessions.delete(helloMsgId);
  }

  /**
   * The one session that is meant by this number and belongs to this user. Numbers are not secret and can be the same: where
   * nobody has said who he is, a session that is in use is not taken, and neither is one of several.
   */
  find(helloMsgId: string, owner: string | undefined): ClientSession | undefined {
    let found: ClientSession | undefined;
    for (const session of this.#sessions.get(helloMsgId) ?? []) {
      if (session.owner !== owner) continue;
      if (found !== undefined) return undefined; // many programs begin with 1: one need not look at all of them
      found = session;
    }
    return owner === undefined && found?.link !== undefined ? undefined : found;
  }
}
