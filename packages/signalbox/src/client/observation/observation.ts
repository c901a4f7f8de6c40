// What can be seen and changed of what a client does: the last packets, everything that happens, and interceptors. A page loads it
// when an option or events() asks for it.

import type { ClientOptions } from '../client-options.ts';
import { Activity, type Drive } from './activity.ts';
import { Interception } from './interceptors.ts';
import { PacketRecorder } from './packet-recorder.ts';

export interface ObservationHost extends Drive {
  readonly options: ClientOptions;
  readonly onProblem: (problem: unknown) => void;
}

const DEFAULT_LAST_PACKETS = 64;

export class Observation {
  readonly activity: Activity;
  readonly recorder: PacketRecorder;
  readonly interception: Interception;

  constructor(host: ObservationHost) {
    const { options, onProblem } = host;
    this.recorder = new PacketRecorder(options.lastPackets ?? DEFAULT_LAST_PACKETS);
    this.interception = new Interception(options, onProblem);
    this.activity = new Activity(options.drive === 'polled', host, (isFollowed) => this.#follow(isFollowed));
  }

  #follow(isFollowed: boolean): void {
    this.recorder.onActivity = isFollowed
      ? (activity) => this.activity.tell({ kind: 'packet', ...activity })
      : undefined;
  }
}
