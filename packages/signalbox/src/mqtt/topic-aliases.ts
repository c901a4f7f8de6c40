// The Topic Aliases a peer gave us on one network connection. They exist only while aliases are in use, and die with the
// network connection. Those we give are in outbound-topic-aliases.ts. §3.3.2.3.4 [MQTT-3.3.2-7]

import type { TopicName } from './topic-names.ts';

/** Alias to Topic Name, as the peer set them. */
export class InboundTopicAliases {
  readonly maximum: number;
  /** Of all names that have an alias. */
  bytes = 0;
  readonly #topics: (TopicName | undefined)[] = [];

  constructor(maximum: number) {
    this.maximum = maximum;
  }

  /** True for 1 to the maximum we announced. */
  isValid(alias: number): boolean {
    return alias > 0 && alias <= this.maximum; // [MQTT-3.3.2-9] [MQTT-3.3.2-10] [MQTT-3.3.2-11] [MQTT-3.3.2-12]
  }

  get(alias: number): TopicName | undefined {
    return this.#topics[alias];
  }

  set(alias: number, topic: TopicName): void {
    while (this.#topics.length < alias) this.#topics.push(undefined); // no holes: grows up to the maximum, once
    this.bytes += topic.bytes.length - (this.#topics[alias]?.bytes.length ?? 0);
    this.#topics[alias] = topic;
  }
}
