// One receiver of messages: a session as routing sees it. It lives as long as the session and knows no connection;
// `peer` is whatever the owner keeps for that session and is handed back in every Route.

import type { Subscription } from './subscription.ts';

export class Subscriber<P> {
  /** Client identifier. */
  readonly id: string;
  /** The owner's object for this session; stays the same for the life of the subscriber. */
  readonly peer: P;
  /** Kept up to date by the owner: whether a network connection serves this session now (shared groups prefer such members). */
  connected: boolean;
  /** Kept up to date by the owner: whether the session outlives its connection (a shared group may queue for it). */
  persistent: boolean;
  /** By filter as requested (with `$share/…`); undefined while there are none. Changed by Subscriptions only. */
  subscriptions: Map<string, Subscription<P>> | undefined;
  /** How many of these are shared. Changed by Subscriptions only. */
  shares: number;
  /** Scratch of Subscriptions: which resolution saw this subscriber last, and at which place in its result. */
  seenIn: number;
  seenAt: number;

  constructor(id: string, peer: P) {
    this.id = id;
    this.peer = peer;
    this.connected = false;
    this.persistent = false;
    this.subscriptions = undefined;
    this.shares = 0;
    this.seenIn = 0;
    this.seenAt = 0;
  }
}
