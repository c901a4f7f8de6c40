import { describe, expect, it } from 'vitest';
import { announcedLimits, DEFAULT_LIMITS } from '../../src/mqtt/connection-limits.ts';

describe('announcedLimits', () => {
  it('a peer that announces nothing shares the defaults', () => {
    expect(announcedLimits({})).toBe(DEFAULT_LIMITS);
    expect(announcedLimits({ receiveMaximum: undefined })).toBe(DEFAULT_LIMITS);
    expect(DEFAULT_LIMITS).toMatchObject({
      receiveMaximum: 65_535,
      maximumPacketSize: 268_435_460,
      topicAliasMaximum: 0,
      maximumQoS: 2,
    });
  });

  it('takes what is announced and the default for the rest', () => {
    expect(announcedLimits({ receiveMaximum: 5 })).toEqual({ ...DEFAULT_LIMITS, receiveMaximum: 5 });
    const all = {
      receiveMaximum: 1,
      maximumPacketSize: 2,
      topicAliasMaximum: 3,
      maximumQoS: 0,
      retainAvailable: false,
      wildcardSubscriptionAvailable: false,
      subscriptionIdentifiersAvailable: false,
      sharedSubscriptionAvailable: false,
      requestProblemInformation: false,
      requestResponseInformation: true,
    } as const;
    expect(announcedLimits(all)).toEqual(all);
  });

  it('no packet is larger than MQTT can express', () => {
    expect(announcedLimits({ maximumPacketSize: 4_294_967_295 }).maximumPacketSize).toBe(268_435_460);
  });
});
