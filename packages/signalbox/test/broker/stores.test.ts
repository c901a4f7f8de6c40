// The stores of the library and of its tests: everything a store does.
import { MemoryStore } from '../../src/broker/store/memory-store.ts';
import { HeldStore } from '../support/held-store.ts';
import { describeStore } from '../support/store-suite.ts';
import { VirtualClock } from '../support/virtual-link.ts';
import { VirtualStore } from '../support/virtual-store.ts';

describeStore('MemoryStore', () => {
  const store = new MemoryStore();
  return { open: () => store };
});

describeStore('HeldStore', () => {
  const store = new HeldStore();
  return { open: () => store };
});

describeStore('VirtualStore', () => {
  const store = new VirtualStore(new VirtualClock());
  return { open: () => store.access() };
});
