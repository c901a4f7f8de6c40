// How a client makes itself heard: its events, who has dealt with a message, and where an error goes that nobody awaits.

import type { MsipClientEvents } from './client-events.ts';
import { Emitter, FAILED } from './emitter.ts';
import type { Voice } from './machine.ts';
import type { MsipMessage } from './message.ts';

declare const console: { error(...data: unknown[]): void };

/** An Emitter that tells what the client has to say. */
export abstract class EventVoice extends Emitter<MsipClientEvents> {
  /** `dress` makes of bytes what programs of the platform expect. */
  protected voice(dress: (bytes: Uint8Array) => Uint8Array): Voice {
    return {
      say: (name, ...args) => {
        const told = name === 'frame' ? [args[0], dress(args[1] as Uint8Array)] : args;
        this.call(name, told as never, (error) => this.#report(error));
      },
      listens: (name) => this.listenerCount(name) > 0,
      tell: (message) => this.#tell(message),
      report: (error, about) => this.#report(error, about),
    };
  }

  /** What was given up because the program closed the client is no news to it. */
  protected reportUnlessClosed(error: unknown): void {
    if ((error as { code?: string }).code !== 'CLOSED') this.#report(error);
  }

  /** True, or a promise of it: everybody who listens is done with the message. */
  #tell(message: MsipMessage): boolean | Promise<boolean> {
    const onThrown = (error: unknown): void => this.#report(error);
    const results: unknown[] = [];
    if (this.listenerCount('message') > 0) {
      results.push(...this.call('message', [message.topic, message.text, message], onThrown));
    }
    results.push(...this.call('event', [message], onThrown));
    if (results.includes(FAILED)) return false;
    const promises = results.filter(isPromise);
    if (promises.length === 0) return true;
    return Promise.allSettled(promises).then((settled) => {
      const failures = settled.filter((one) => one.status === 'rejected');
      for (const { reason } of failures) onThrown(reason);
      return failures.length === 0;
    });
  }

  #report(thrown: unknown, about?: 'network'): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const print = (problem: unknown): void => console.error('signalbox msip client:', problem);
    if (this.listenerCount('error') > 0) this.call('error', [error], print);
    else if (about !== 'network') print(error);
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined | null)?.then === 'function';
}
