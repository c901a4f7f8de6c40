// What can be seen and changed of what a client does: the last packets, everything that happens, and interceptors. A page loads it
// when an option or events() asks for it.

import type { ClientOptions } from '../client-options.ts';
import type { NetworkConnection } from '../network-connection.ts';
import type { Publisher } from '../publishing/publisher.ts';
import type { Inbox } from '../receiving/inbox.ts';
import type { Subscriptions } from '../receiving/subscriptions.ts';
import { Activity, type Drive } from './activity.ts';
import { Interception } from './interceptors.ts';
import { PacketRecorder } from './packet-recorder.ts';

/** What of the client is seen, and moves only while it is polled. */
export interface ObservationHost {
  readonly options: ClientOptions;
  readonly onProblem: (problem: unknown) => void;
  readonly network: Pick<NetworkConnection, 'wake'>;
  readonly inbox: Pick<Inbox, 'balance'>;
  readonly subscriptions: Pick<Subscriptions, 'pump'>;
  readonly publisher: Pick<Publisher, 'pump'> | undefined;
}

const DEFAULT_LAST_PACKETS = 64;

export class Observation implements Drive {
  readonly activity: Activity;
  readonly recorder: PacketRecorder;
  readonly interception: Interception;

  readonly #host: ObservationHost;

  constructor(host: ObservationHost) {
    const { options, onProblem } = host;
    this.#host = host;
    this.recorder = new PacketRecorder(options.lastPackets ?? DEFAULT_LAST_PACKETS);
    this.interception = new Interception(options, onProblem);
    this.activity = new Activity(options.drive === 'polled', this, (isFollowed) => this.#follow(isFollowed));
  }

  /** Somebody polls: what waited goes on. */
  onRelease(): void {
    const { network, inbox, subscriptions, publisher } = this.#host;
    network.wake();
    inbox.balance();
    subscriptions.pump();
    publisher?.pump();
  }

  onHalt(): void {
    this.#host.inbox.balance();
  }

  #follow(isFollowed: boolean): void {
    this.recorder.onActivity = isFollowed
      ? (activity) => this.activity.tell({ kind: 'packet', ...activity })
      : undefined;
  }
}
