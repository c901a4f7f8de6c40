import { describe, expect, it } from 'vitest';
import { SubscriptionRequests } from '../../src/mqtt/subscription-requests.ts';

describe('SubscriptionRequests', () => {
  it('knows what was asked and how much of it', () => {
    const requests = new SubscriptionRequests();
    expect([requests.has(1), requests.filtersOf(1, 'subscribe'), requests.identifiers()]).toEqual([false, 0, []]);
    requests.remove(1);
    requests.add(1, 'subscribe', 3);
    requests.add(2, 'unsubscribe', 1);
    expect([
      requests.filtersOf(1, 'subscribe'),
      requests.filtersOf(1, 'unsubscribe'),
      requests.filtersOf(2, 'unsubscribe'),
    ]).toEqual([3, 0, 1]);
    expect(requests.identifiers()).toEqual([1, 2]);
    requests.remove(1);
    expect([requests.has(1), requests.has(2)]).toEqual([false, true]);
    requests.remove(2);
    expect(requests.identifiers()).toEqual([]);
  });
});
