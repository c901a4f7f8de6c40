/**
 * Topic Aliases that the broker sets towards one client (§3.3.2.3.4): the first topics it is sent, until the client's
 * Topic Alias Maximum is used up. Dies with the Network Connection.
 */
import type { TopicName } from '../../mqtt/topic-names.ts';
import type { PublishForm } from '../delivery/publish-encoder.ts';

/** What the property takes: an alias for a shorter name would only make the packet longer. */
const ALIAS_BYTES = 3;

export class OutgoingAliases {
  readonly #maximum: number;
  readonly #aliases = new Map<string, number>();

  /** `maximum`: Topic Alias Maximum of the client, or the broker's own limit when that is lower. */
  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** Puts into the form what the next packet with this topic would use. */
  propose(form: PublishForm, topic: TopicName): void {
    if (topic.bytes.length <= ALIAS_BYTES) return;
    const known = this.#aliases.get(topic.name);
    if (known !== undefined) {
      form.topicAlias = known;
      form.isTopicOmitted = true;
    } else if (this.#aliases.size < this.#maximum) {
      form.topicAlias = this.#aliases.size + 1; // [MQTT-3.3.2-8] [MQTT-3.1.2-26]
    }
  }

  /** The packet with the proposed alias is on its way: from now on the client knows it. */
  confirm(form: PublishForm, topic: TopicName): void {
    if (!form.isTopicOmitted) this.#aliases.set(topic.name, form.topicAlias);
  }
}
