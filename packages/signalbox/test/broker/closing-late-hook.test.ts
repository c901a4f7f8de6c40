// A hook can answer after the broker has closed: the store has ended then.
import { expect, it } from 'vitest';
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import type { StoreChange } from '../../src/broker/store/store.ts';
import { PendingHook } from '../support/pending-hook.ts';
import { startBroker } from '../support/test-broker.ts';

class ClosableStore extends MemoryStore {
  readonly late: StoreChange[] = [];
  #isClosed = false;

  override write(change: StoreChange): void {
    if (this.#isClosed) this.late.push(change);
    super.write(change);
  }

  override close(): Promise<void> {
    this.#isClosed = true;
    return super.close();
  }
}

it('nothing is written to the store after it was closed', async () => {
  const store = new ClosableStore();
  const onPublish = new PendingHook<boolean>();
  const { broker, connect } = await startBroker({ store, hooks: { onPublish: onPublish.ask } });
  const client = await connect('a', { connect: { properties: { sessionExpiryInterval: 100 } } });
  await client.subscribe('t', 1);
  void client.publish('t', '', { qos: 1 });
  await onPublish.asked;
  await broker.close();
  onPublish.answer(true);
  await new Promise(setImmediate);
  expect(store.late).toEqual([]);
});
