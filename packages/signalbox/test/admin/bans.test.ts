// Bans as the admin API shows and lifts them.
import { describe, expect, it } from 'vitest';
import { connectFrom } from '../support/address.ts';
import { startAdmin } from './admin.ts';

describe('bans', () => {
  it('are listed, counted and lifted', async () => {
    const { ask, broker } = await startAdmin({ limits: { offences: 1 }, hooks: { authenticate: () => false } });
    await connectFrom(broker, '192.0.2.1:1', { connect: { username: 'u', password: 'p' } });
    await connectFrom(broker, '[2001:db8::1]:1', { connect: { username: 'u', password: 'p' } });
    const { items } = (await ask('/api/v1/bans')).json() as {
      items: { kind: string; value: string; reason: string }[];
    };
    expect(items).toMatchObject([
      { kind: 'address', value: '192.0.2.1', reason: 'failed authentications' },
      { kind: 'address', value: '2001:db8:0:0::/64' },
    ]);
    expect((await ask('/metrics')).text).toMatch(/bans_total 2$/m);
    expect((await ask('/api/v1/bans/192.0.2.1', { method: 'DELETE' })).status).toBe(204);
    expect((await ask('/api/v1/bans/192.0.2.1', { method: 'DELETE' })).status).toBe(404);
    expect((await ask('/api/v1/bans/x?kind=client', { method: 'DELETE' })).status).toBe(404);
    expect((await ask('/api/v1/bans/x?kind=user', { method: 'DELETE' })).status).toBe(400);
    const network = encodeURIComponent('2001:db8:0:0::/64');
    expect((await ask(`/api/v1/bans/${network}`, { method: 'DELETE' })).status).toBe(204);
    expect(broker.bans()).toEqual([]);
  });
});
