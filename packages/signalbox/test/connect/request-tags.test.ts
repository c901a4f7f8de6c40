// Tags of requests whose answers never come: they must not be used up, and no answer is taken for that of another request.

import { describe, expect, it } from 'vitest';
import { type MessageChannel, Requester } from '../../src/connect/requester.ts';
import { Datagram } from '../../src/datagram/datagram.ts';
import { Outcome } from '../client/support/outcome.ts';
import { ManualConnectionClock } from './support/virtual-carrier.ts';

/** A channel whose peer answers when the test says so. */
class Channel implements MessageChannel {
  readonly clock = new ManualConnectionClock();
  readonly requester: Requester;
  readonly isLossy: boolean;
  connection: unknown = 1;
  /** What becomes of the next messages. */
  sending: () => Promise<void> = () => Promise.resolve();
  readonly tags: number[] = [];
  #receive: (datagram: Datagram) => void = () => {};

  constructor(kind: { readonly isLossy: boolean }) {
    this.isLossy = kind.isLossy;
    this.requester = new Requester(this, { tags: [7, 8], timeoutMs: 100, clock: this.clock });
  }

  send({ tag }: Datagram): Promise<void> {
    this.tags.push(tag);
    return this.sending();
  }

  receive(): Promise<Datagram> {
    return new Promise((resolve) => {
      this.#receive = resolve;
    });
  }

  async answer(tag: number): Promise<void> {
    this.#receive(new Datagram('answer', tag));
    await this.clock.settle();
  }

  /** Asks twice, and gives both up. */
  async giveUpBoth(): Promise<void> {
    const asked = [new Outcome(this.requester.request('a')), new Outcome(this.requester.request('b'))];
    await this.clock.advance(100);
    expect(asked.map(({ code }) => code)).toEqual(['TIMEOUT', 'TIMEOUT']);
  }

  async ask(): Promise<Outcome<Datagram>> {
    const outcome = new Outcome(this.requester.request('next'));
    await this.clock.settle();
    return outcome;
  }
}

describe('the tag of a request that was given up', () => {
  it('is kept for its answer as long as the connection stands', async () => {
    const channel = new Channel({ isLossy: false });
    await channel.giveUpBoth();
    expect((await channel.ask()).code).toBe('TOO_MANY_REQUESTS');
    await channel.answer(8);
    expect((await channel.ask()).state).toBe('pending');
    expect(channel.tags).toEqual([7, 8, 8]);
  });

  it('is used again when the link has another connection: the answer was lost with the former', async () => {
    const channel = new Channel({ isLossy: false });
    await channel.giveUpBoth();
    channel.connection = 2;
    const asked = [await channel.ask(), await channel.ask(), await channel.ask()];
    expect(asked.map(({ code, state }) => code ?? state)).toEqual(['pending', 'pending', 'TOO_MANY_REQUESTS']);
    await channel.answer(7);
    expect(asked[0]!.value.text).toBe('answer');
  });

  it('is kept while the request waits in the queue of a link, whichever connections come', async () => {
    const channel = new Channel({ isLossy: false });
    let send: () => void = () => {};
    channel.sending = () => new Promise((resolve) => (send = resolve));
    await channel.giveUpBoth();
    channel.connection = 2;
    expect((await channel.ask()).code).toBe('TOO_MANY_REQUESTS');
    send(); // the second of them, over this connection
    await channel.clock.settle();
    expect((await channel.ask()).code).toBe('TOO_MANY_REQUESTS');
    channel.connection = 3;
    expect((await channel.ask()).state).toBe('pending');
  });

  it('is used again when the request was never sent', async () => {
    const channel = new Channel({ isLossy: false });
    let fail: (error: Error) => void = () => {};
    channel.sending = () => new Promise((_, reject) => (fail = reject));
    await channel.giveUpBoth();
    fail(new Error('newer messages took its place'));
    await channel.clock.settle();
    expect((await channel.ask()).state).toBe('pending');
    expect(channel.tags).toEqual([7, 8, 8]);
  });

  it('is used again where answers may be lost, the longest ago first, when there is no other', async () => {
    const channel = new Channel({ isLossy: true });
    await channel.giveUpBoth();
    const asked = [await channel.ask(), await channel.ask(), await channel.ask()];
    expect(asked.map(({ code, state }) => code ?? state)).toEqual(['pending', 'pending', 'TOO_MANY_REQUESTS']);
    expect(channel.tags).toEqual([7, 8, 7, 8]);
  });
});
