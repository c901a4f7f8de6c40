// What one side of a network connection takes, as it announced in CONNECT or CONNACK. Most peers announce nothing and
// share one object. §3.1.2.11, §3.2.2.3

import { LARGEST_PACKET_SIZE } from './framer.ts';
import type { ConnackProperties, ConnectProperties } from './properties.ts';
import type { QoS } from './wire-format.ts';

export interface Limits {
  readonly receiveMaximum: number;
  readonly maximumPacketSize: number;
  readonly topicAliasMaximum: number;
  readonly maximumQoS: QoS;
  readonly retainAvailable: boolean;
  readonly wildcardSubscriptionAvailable: boolean;
  readonly subscriptionIdentifiersAvailable: boolean;
  readonly sharedSubscriptionAvailable: boolean;
  readonly requestProblemInformation: boolean;
  readonly requestResponseInformation: boolean;
}

/** What holds when nothing was announced. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  receiveMaximum: 65_535,
  maximumPacketSize: LARGEST_PACKET_SIZE,
  topicAliasMaximum: 0,
  maximumQoS: 2,
  retainAvailable: true,
  wildcardSubscriptionAvailable: true,
  subscriptionIdentifiersAvailable: true,
  sharedSubscriptionAvailable: true,
  requestProblemInformation: true,
  requestResponseInformation: false,
});

/** The properties that are limits. */
type Announced = {
  readonly [K in keyof Limits]?:
    | (ConnectProperties & ConnackProperties)[K & keyof (ConnectProperties & ConnackProperties)]
    | undefined;
};

const NAMES = /* @__PURE__ */ Object.keys(DEFAULT_LIMITS) as (keyof Limits)[];

/** The limits a CONNECT or CONNACK announces; what it does not mention has its default. */
export function announcedLimits(properties: Announced): Limits {
  if (NAMES.every((name) => properties[name] === undefined)) return DEFAULT_LIMITS;
  const limits: Record<string, unknown> = { ...DEFAULT_LIMITS };
  for (const name of NAMES) limits[name] = properties[name] ?? DEFAULT_LIMITS[name];
  limits['maximumPacketSize'] = Math.min(limits['maximumPacketSize'] as number, LARGEST_PACKET_SIZE);
  return limits as unknown as Limits;
}
