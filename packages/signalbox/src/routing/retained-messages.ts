// Retained messages, one per topic, found by name or by filter without a scan of all of them.

import type { Message } from './message.ts';

export interface RetainedLimits {
  readonly count: number;
  readonly bytes: number;
}

/** 'cleared' also when there was nothing to clear. 'refused': a limit; what was retained before stays. */
export type RetainOutcome = 'stored' | 'replaced' | 'cleared' | 'refused';

const LATER = 'being written';

export class RetainedMessages<M extends Message = Message> {
  readonly limits: RetainedLimits;

  constructor(limits: RetainedLimits) {
    this.limits = limits;
  }

  get count(): number {
    throw new Error(LATER);
  }

  get bytes(): number {
    throw new Error(LATER);
  }

  /** A message published with RETAIN 1; an empty payload clears. */
  set(_message: M): RetainOutcome {
    throw new Error(LATER);
  }

  delete(_topicName: string): boolean {
    throw new Error(LATER);
  }

  get(_topicName: string, _now: number): M | undefined {
    throw new Error(LATER);
  }

  /** Visits what matches until `visit` returns false. `visit` must not change this collection. */
  match(_topicFilter: string, _now: number, _visit: (message: M) => boolean): void {
    throw new Error(LATER);
  }

  /** Removes what has expired and returns it. */
  tick(_now: number): M[] {
    throw new Error(LATER);
  }

  /** When tick is due (ms); Infinity when never. */
  get deadline(): number {
    throw new Error(LATER);
  }
}
