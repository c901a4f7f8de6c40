// The MQTT core as a client has it: one for its whole life, told what the options say.

import type { GrowingBytes } from '../bytes/growing-bytes.ts';
import { ListeningConnection } from '../mqtt/listening-connection.ts';
import type { ListeningSession } from '../mqtt/listening-session.ts';
import { QOS_AS_REASON_CODE } from '../mqtt/tolerances.ts';
import { RecentTopicNames } from '../mqtt/topic-names.ts';
import type { ClientOptions } from './client-options.ts';
import type { ClientClock } from './clock.ts';
import { DEFAULT_CONNECT_TIMEOUT_MS } from './lifecycle.ts';
import type { Publication } from './publishing/publication.ts';

/** Topics in use at a time, so that each is decoded and matched once. */
const KNOWN_TOPICS = 4_096;
const DEFAULT_IN_FLIGHT = 1_000;
/** Mosquitto 2.0 counts a QoS 2 message as done before it is: cutting it off for that would help nobody. */
const RECEIVE_MAXIMUM_SLACK = 1_000;

export function makeCore(
  { options, clock }: { readonly options: ClientOptions; readonly clock: ClientClock },
  session: ListeningSession<Publication>,
  writer: GrowingBytes,
): ListeningConnection<Publication> {
  const { topicAliases = 'off' } = options;
  return new ListeningConnection<Publication>({
    session,
    writer,
    names: new RecentTopicNames(KNOWN_TOPICS),
    automaticRelease: options.sessionStore === undefined,
    mapTopicAliases: topicAliases === 'map',
    replaceTopicAliases: topicAliases === 'replace',
    connectTimeoutMs: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    tolerances: QOS_AS_REASON_CODE,
    maximumInFlight: options.maximumInFlight ?? DEFAULT_IN_FLIGHT,
    maximumPacketSize: options.properties?.maximumPacketSize,
    resendIntervalMs: options.resendIntervalMs,
    receiveMaximumSlack: RECEIVE_MAXIMUM_SLACK,
    storedPublish: (publication) => {
      publication.sentAt = clock.now();
      return publication.packetAgain(publication.sentAt);
    },
  });
}
