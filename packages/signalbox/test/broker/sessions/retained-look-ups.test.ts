// Look-ups of retained messages that are begun and stopped: what is gathered meanwhile, and what the store is told.
import { describe, expect, it } from 'vitest';
import type { Exchange } from '../../../src/broker/exchange.ts';
import type { ClientSession } from '../../../src/broker/sessions/client-session.ts';
import { RetainedLookUps } from '../../../src/broker/sessions/retained-look-ups.ts';
import type { StoreChange } from '../../../src/broker/store/store.ts';

/** So many retained messages match every filter. */
const RETAINED = 3_000;

function stage(kind: { readonly isPersistent: boolean }) {
  const changes: string[] = [];
  let pumps = 0;
  let id = 0;
  const lookUp = () => {
    let found = 0;
    return {
      get isDone() {
        return found === RETAINED;
      },
      advance(_now: number, _steps: number, onFound: (message: unknown) => boolean): number {
        while (found < RETAINED && onFound({ id: 0, qos: 0, topic: { name: `${found++}` } }));
        return found;
      },
    };
  };
  const exchange = {
    numbers: { last: 1, next: () => ++id },
    retained: { lookUp },
    now: () => 0,
    commits: {
      write: (change: StoreChange) => {
        if (change.type !== 'subscribed') return;
        const { topicFilter, qos, isLookingUp } = change.subscription;
        changes.push(`${topicFilter} ${qos} ${isLookingUp === true ? 'begun' : 'ended'}`);
      },
      settle: () => true,
    },
    dispatcher: { pump: () => pumps++ },
  } as unknown as Exchange;
  const session = {
    clientId: 'c',
    link: {},
    isPersistent: kind.isPersistent,
    backlog: undefined,
    qosOf: () => 0,
  } as unknown as ClientSession;
  const lookUps = new RetainedLookUps(exchange);
  const begin = (topicFilter: string, qos: 0 | 1 = 0): void =>
    lookUps.begin(session, { topicFilter, qos, noLocal: false, retainAsPublished: false, retainHandling: 0 }, 0);
  /** What the network does: everything in hand is sent. */
  const send = (): void => {
    for (const one of session.backlog ?? []) one.next = one.messages.length;
  };
  const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  return { session, lookUps, begin, send, turn, changes, pumps: () => pumps };
}

describe('look-ups of a client that subscribes to the same again and again and reads nothing', () => {
  it('are no more than one with messages in hand, and one that waits', () => {
    const { session, begin } = stage({ isPersistent: false });
    for (let count = 0; count < 1_000; count++) {
      begin('#');
      begin('a/#');
    }
    expect(session.backlog!.map(({ request, messages }) => [request.topicFilter, messages.length])).toEqual([
      ['#', 1_000],
      ['#', 0],
      ['a/#', 0],
    ]);
  });
});

describe('a look-up that is stopped while it goes on', () => {
  it('is not told to the store once more: the subscription has ended, or is another one', async () => {
    const { session, lookUps, begin, send, turn, changes } = stage({ isPersistent: true });
    begin('a');
    send();
    lookUps.goOn(session);
    lookUps.stop(session, 'a');
    await turn();
    expect(changes).toEqual(['a 0 begun']);
    begin('b', 1);
    lookUps.goOn(session);
    begin('b', 0);
    await turn();
    expect(changes.slice(1)).toEqual(['b 1 begun', 'b 0 begun']);
  });

  it('lets go what has waited behind it', async () => {
    const { session, lookUps, begin, send, turn, pumps } = stage({ isPersistent: false });
    begin('a');
    send();
    lookUps.goOn(session);
    lookUps.stop(session, 'a');
    expect(session.backlog).toBeUndefined();
    await turn();
    expect(pumps()).toBe(1);
  });
});
