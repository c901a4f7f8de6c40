// The properties of MQTT 5.0 (§2.2.2) as the rest of the program sees them: one optional field per property, named
// as the standard names it. How they look on the wire is in property-table.ts, read-properties.ts and
// write-properties.ts. Property objects are never shared for writing: NO_PROPERTIES is frozen.

/** A name and a value, both any text without U+0000. Order and repetition are kept. */
export type UserProperty = readonly [name: string, value: string];

/** Every property of MQTT 5.0. Integers are unsigned; intervals are in seconds, sizes in bytes. */
export interface Properties {
  /** 1: the payload is UTF-8 text; 0 (default): unspecified bytes. */
  readonly payloadFormatIndicator?: 0 | 1;
  readonly messageExpiryInterval?: number;
  readonly contentType?: string;
  readonly responseTopic?: string;
  readonly correlationData?: Uint8Array;
  /** 1 to 268,435,455 each. At most one in SUBSCRIBE, any number in a PUBLISH from a server. */
  readonly subscriptionIdentifiers?: readonly number[];
  /** 0xFFFFFFFF: the session does not expire. */
  readonly sessionExpiryInterval?: number;
  readonly assignedClientIdentifier?: string;
  readonly serverKeepAlive?: number;
  readonly authenticationMethod?: string;
  readonly authenticationData?: Uint8Array;
  readonly requestProblemInformation?: boolean;
  readonly willDelayInterval?: number;
  readonly requestResponseInformation?: boolean;
  readonly responseInformation?: string;
  readonly serverReference?: string;
  readonly reasonString?: string;
  /** 1 to 65,535. */
  readonly receiveMaximum?: number;
  readonly topicAliasMaximum?: number;
  /** 1 to 65,535. */
  readonly topicAlias?: number;
  readonly maximumQoS?: 0 | 1;
  readonly retainAvailable?: boolean;
  readonly userProperties?: readonly UserProperty[];
  /** 1 to 4,294,967,295. */
  readonly maximumPacketSize?: number;
  readonly wildcardSubscriptionAvailable?: boolean;
  readonly subscriptionIdentifiersAvailable?: boolean;
  readonly sharedSubscriptionAvailable?: boolean;
}

export type PropertyName = keyof Properties;

export type ConnectProperties = Pick<
  Properties,
  | 'sessionExpiryInterval'
  | 'receiveMaximum'
  | 'maximumPacketSize'
  | 'topicAliasMaximum'
  | 'requestResponseInformation'
  | 'requestProblemInformation'
  | 'userProperties'
  | 'authenticationMethod'
  | 'authenticationData'
>;

export type WillProperties = Pick<
  Properties,
  | 'willDelayInterval'
  | 'payloadFormatIndicator'
  | 'messageExpiryInterval'
  | 'contentType'
  | 'responseTopic'
  | 'correlationData'
  | 'userProperties'
>;

export type ConnackProperties = Pick<
  Properties,
  | 'sessionExpiryInterval'
  | 'receiveMaximum'
  | 'maximumQoS'
  | 'retainAvailable'
  | 'maximumPacketSize'
  | 'assignedClientIdentifier'
  | 'topicAliasMaximum'
  | 'reasonString'
  | 'userProperties'
  | 'wildcardSubscriptionAvailable'
  | 'subscriptionIdentifiersAvailable'
  | 'sharedSubscriptionAvailable'
  | 'serverKeepAlive'
  | 'responseInformation'
  | 'serverReference'
  | 'authenticationMethod'
  | 'authenticationData'
>;

export type PublishProperties = Pick<
  Properties,
  | 'payloadFormatIndicator'
  | 'messageExpiryInterval'
  | 'topicAlias'
  | 'responseTopic'
  | 'correlationData'
  | 'userProperties'
  | 'subscriptionIdentifiers'
  | 'contentType'
>;

/** What PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK can carry. */
export type AcknowledgementProperties = Pick<Properties, 'reasonString' | 'userProperties'>;

/** `subscriptionIdentifiers` holds one identifier at most. */
export type SubscribeProperties = Pick<Properties, 'subscriptionIdentifiers' | 'userProperties'>;

export type UnsubscribeProperties = Pick<Properties, 'userProperties'>;

export type DisconnectProperties = Pick<
  Properties,
  'sessionExpiryInterval' | 'reasonString' | 'userProperties' | 'serverReference'
>;

export type AuthProperties = Pick<
  Properties,
  'authenticationMethod' | 'authenticationData' | 'reasonString' | 'userProperties'
>;

/**
 * The form callers may write: byte properties may be text (sent as UTF-8), and a property that is `undefined` counts
 * as absent.
 */
export type PropertiesInput<T> = {
  readonly [K in keyof T]?: (NonNullable<T[K]> extends Uint8Array ? Uint8Array | string : T[K]) | undefined;
};

/** What every packet without properties carries, in every protocol version. Compare with `===` to skip the rest. */
export const NO_PROPERTIES: Readonly<Record<never, never>> = Object.freeze({});
