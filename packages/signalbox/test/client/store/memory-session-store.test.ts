import { memorySessionStore } from '../../../src/client/store/memory-session-store.ts';
import { describeSessionStore } from './suite.ts';

describeSessionStore('memorySessionStore', () => {
  const store = memorySessionStore();
  return { store: () => store };
});
