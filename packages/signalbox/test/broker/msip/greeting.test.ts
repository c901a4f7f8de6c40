// A client that goes, or errs, in the same breath as its HELLO, while that is still being decided. docs/msip.md §3.10, §7
import { describe, expect, it } from 'vitest';
import { HeldStore } from '../../support/held-store.ts';
import { MsipRawClient } from '../../support/msip-raw-client.ts';
import { FLAG, topicAndMessage, wire } from '../../support/msip-wire.ts';
import { PendingHook } from '../../support/pending-hook.ts';
import { startBroker } from '../../support/test-broker.ts';

/** A broker that does not answer the HELLO of `lamp` before `goOn`. */
const LATE = {
  'a hook that takes its time': async () => {
    const hook = new PendingHook<boolean>();
    let isSlow = true;
    const authenticate = ({ clientId }: { clientId: string }) => (clientId === 'lamp' && isSlow ? hook.ask() : true);
    const started = await startBroker({ hooks: { authenticate } });
    const goOn = (): void => {
      isSlow = false;
      hook.answer(true);
    };
    return { started, hold: () => hook.asked, goOn };
  },
  'a store that takes its time': async () => {
    const store = new HeldStore();
    const started = await startBroker({ store });
    return { started, hold: () => store.hold(), goOn: () => store.release() };
  },
};

const ENDS = {
  CLOSE: wire('close', { msgId: 9n }),
  'bytes that are not MSIP': wire('publish', { magic: 'XXXX' }),
  'a second HELLO': wire('hello', { msgId: 9n, payload: 'lamp' }),
};

const CASES = Object.entries(LATE).flatMap(([late, start]) =>
  Object.entries(ENDS).map(([name, end]) => ({ late, start, name, end })),
);

describe('[MSIP-3.10-4] [MSIP-7-1] what is said behind HELLO takes effect, and the client is let go', () => {
  it.each(CASES)('$name behind it, and $late', async ({ start, end }) => {
    const { started, hold, goOn } = await start();
    const { broker, msip, transport } = started;
    const told: string[] = [];
    for (const name of ['connected', 'disconnected'] as const) {
      broker.on(name, ({ client }) => client.clientId === 'lamp' && told.push(name));
    }
    broker.on('error', ({ error }) => told.push((error as Error).message));
    const witness = await msip('witness');
    await witness.subscribe('t');
    const held = hold();
    const client = new MsipRawClient(transport('memory', { protocol: 'msip' }));
    const publish = wire('publish', { msgId: 8n, payload: topicAndMessage('t', 'last words') });
    client.write(wire('hello', { msgId: 7n, flags: FLAG.ackRequired, payload: 'lamp' }), publish, end);
    await held;
    goOn();
    const lines = await client.closed;
    expect(lines.filter((line) => !line.startsWith('error id='))).toEqual([]);
    expect(await witness.next()).toMatch(/ t: last words$/);
    const again = await msip('lamp', FLAG.ackRequired);
    expect(await again.heard()).toEqual([]);
    expect(told).toEqual(['connected', 'disconnected', 'connected']);
  });
});
