import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { untilEvent } from '../../src/transport/connecting.ts';

it('phases of connecting share one time limit', async () => {
  let givenUp = 0;
  const attempt = untilEvent(new EventEmitter(), 'never', 'mqtt://127.0.0.1', {
    connectTimeoutMs: 3_600_000,
    startedAt: performance.now() - 3_599_990,
    giveUp: () => givenUp++,
    failure: () => 'CONNECT_FAILED',
  });
  await expect(attempt).rejects.toMatchObject({
    code: 'CONNECT_TIMEOUT',
    message: expect.stringContaining('3600000 ms'),
  });
  expect(givenUp).toBe(1);
});
