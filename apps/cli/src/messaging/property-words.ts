/**
 * `-D packet property value`: a property of MQTT 5.0 as Mosquitto's commands name it, for the packet it goes with. Which
 * packet has which property is §2.2.2.2 of the standard.
 */
import type { Properties, PropertiesInput, UserProperty } from 'signalbox/mqtt';
import { CommandError } from '../command-error.ts';
import { suggestion } from '../config/nearest.ts';
import type { Kind } from './kinds.ts';
import { lookUp } from './look-up.ts';

const PROPERTY_PACKETS = ['connect', 'publish', 'subscribe', 'disconnect', 'will'] as const;

export type PropertyPacket = (typeof PROPERTY_PACKETS)[number];

/** What one -D says. */
export interface PropertyWords {
  readonly packet: PropertyPacket;
  readonly properties: PropertiesInput<Properties>;
}

interface Row {
  readonly packets: readonly PropertyPacket[];
  readonly read: (text: string) => PropertiesInput<Properties>;
}

const MESSAGES = ['publish', 'will'] as const;
const INTERVAL = 0xffff_ffff;

const ROWS: Readonly<Record<string, Row>> = {
  'payload-format-indicator': {
    packets: MESSAGES,
    read: (text) => ({ payloadFormatIndicator: integer(text, 0, 1) as 0 | 1 }),
  },
  'message-expiry-interval': {
    packets: MESSAGES,
    read: (text) => ({ messageExpiryInterval: integer(text, 0, INTERVAL) }),
  },
  'content-type': { packets: MESSAGES, read: (text) => ({ contentType: text }) },
  'response-topic': { packets: MESSAGES, read: (text) => ({ responseTopic: text }) },
  'correlation-data': { packets: MESSAGES, read: (text) => ({ correlationData: new TextEncoder().encode(text) }) },
  'topic-alias': { packets: ['publish'], read: (text) => ({ topicAlias: integer(text, 1, 65_535) }) },
  'will-delay-interval': { packets: ['will'], read: (text) => ({ willDelayInterval: integer(text, 0, INTERVAL) }) },
  'session-expiry-interval': {
    packets: ['connect', 'disconnect'],
    read: (text) => ({ sessionExpiryInterval: integer(text, 0, INTERVAL) }),
  },
  'receive-maximum': { packets: ['connect'], read: (text) => ({ receiveMaximum: integer(text, 1, 65_535) }) },
  'maximum-packet-size': { packets: ['connect'], read: (text) => ({ maximumPacketSize: integer(text, 1, INTERVAL) }) },
  'topic-alias-maximum': { packets: ['connect'], read: (text) => ({ topicAliasMaximum: integer(text, 0, 65_535) }) },
  'request-problem-information': {
    packets: ['connect'],
    read: (text) => ({ requestProblemInformation: integer(text, 0, 1) === 1 }),
  },
  'request-response-information': {
    packets: ['connect'],
    read: (text) => ({ requestResponseInformation: integer(text, 0, 1) === 1 }),
  },
  'reason-string': { packets: ['disconnect'], read: (text) => ({ reasonString: text }) },
};

const USER_PROPERTY = 'user-property';

export function property(): Kind<PropertyWords> {
  return {
    placeholder: 'PACKET PROPERTY VALUE',
    wordCount: ([, name]) => (name === USER_PROPERTY ? 4 : 3),
    read: (packet = '', name = '', ...values) => {
      const owner = PROPERTY_PACKETS.find((one) => one === packet);
      if (owner === undefined) {
        throw new CommandError(`the packet must be one of ${PROPERTY_PACKETS.join(', ')}`);
      }
      const [first = '', second = ''] = values;
      if (name === USER_PROPERTY) return { packet: owner, properties: { userProperties: [[first, second]] } };
      const row = lookUp(ROWS, name);
      if (row === undefined) {
        const meant = suggestion(name, [...Object.keys(ROWS), USER_PROPERTY]);
        throw new CommandError(`there is no property ${name}${meant}`);
      }
      if (!row.packets.includes(owner)) {
        throw new CommandError(`${name} is for ${row.packets.join(' and ')}, not for ${owner}`);
      }
      return { packet: owner, properties: row.read(first) };
    },
  };
}

/** Everything that is said for one packet; undefined when nothing is. User Properties keep their order. */
export function propertiesFor(
  packet: PropertyPacket,
  said: readonly PropertyWords[],
): PropertiesInput<Properties> | undefined {
  const own = said.filter((words) => words.packet === packet);
  if (own.length === 0) return undefined;
  const userProperties: UserProperty[] = own.flatMap(({ properties }) => properties.userProperties ?? []);
  const all: PropertiesInput<Properties> = Object.assign({}, ...own.map(({ properties }) => properties));
  return userProperties.length === 0 ? all : { ...all, userProperties };
}

function integer(text: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new CommandError(`the value must be a whole number from ${least} to ${most}`);
}
