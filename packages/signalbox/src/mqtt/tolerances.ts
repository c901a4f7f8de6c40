// Mistakes of known clients that do no harm when they are overlooked. By default none is: whoever wants to be lenient names
// them one by one. Each is a bit, so that asking for one costs nothing where there is none.

export const FIXED_HEADER_FLAGS = 8;
export const DUP_AT_QOS_0 = 16;

/**
 * Of servers, so that no listener asks for it: a PUBACK or PUBREC that says the QoS in place of a reason code counts as success.
 * ([MQTT-3.4.2-1] [MQTT-3.5.2-1])
 */
export const QOS_AS_REASON_CODE = 32;

/** By name; what a tolerance overlooks is a violation of the statement beside it. */
export const TOLERANCES = {
  /** A CONNECT before 5.0 without Client Identifier that wants its session kept gets a clean one. ([MQTT-3.1.3-8@3.1.1]) */
  'empty-client-id': 1,
  /** A CONNECT of 3.1.1 with a password and no user name, as 5.0 allows it. ([MQTT-3.1.2-22@3.1.1]) */
  'password-without-username': 2,
  /** QoS or RETAIN of a will in a CONNECT that has none. ([MQTT-3.1.2-11] [MQTT-3.1.2-13@3.1.1]) */
  'will-flags-without-will': 4,
  /** Reserved flags of the fixed header, of all packets but PUBLISH. ([MQTT-2.1.3-1] [MQTT-2.2.2-1@3.1.1]) */
  'fixed-header-flags': FIXED_HEADER_FLAGS,
  /** DUP of a PUBLISH at QoS 0. ([MQTT-3.3.1-2] [MQTT-3.3.1-2@3.1.1]) */
  'dup-at-qos-0': DUP_AT_QOS_0,
} as const;

export type ToleranceName = keyof typeof TOLERANCES;

/** As many bits as names. Throws RangeError on a name that there is not. */
export function tolerancesOf(names: readonly string[]): number {
  let bits = 0;
  for (const name of names) {
    if (!Object.hasOwn(TOLERANCES, name)) {
      throw new RangeError(`there is no tolerance “${name}”, but ${Object.keys(TOLERANCES).join(', ')}`);
    }
    bits |= TOLERANCES[name as ToleranceName];
  }
  return bits;
}
