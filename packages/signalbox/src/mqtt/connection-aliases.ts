// Topic Aliases that come in, as a part of a half: for who announced that it takes them. §3.3.2.3.4

import type { ConnectionCore } from './connection-core.ts';
import type { HalfPart } from './connection-half.ts';
import { PacketError } from './errors.ts';
import type { PublishView } from './publish-view.ts';
import { NO_READ_LIMITS } from './read-limits.ts';
import { InboundTopicAliases } from './topic-aliases.ts';
import { NO_TOPIC } from './topic-names.ts';

export const ALIASES = { incoming: {}, outgoing: {}, resolveAlias } as const satisfies HalfPart;

/** Puts the Topic Name into the view, or remembers the one that is there. What is wrong with the alias, if anything. */
function resolveAlias<S>(core: ConnectionCore<S>, view: PublishView): PacketError | undefined {
  core.inboundAliases ??= new InboundTopicAliases(core.own.topicAliasMaximum);
  const aliases = core.inboundAliases;
  if (!aliases.isValid(view.topicAlias)) {
    return new PacketError(
      'TOPIC_ALIAS_INVALID',
      `Topic Alias ${view.topicAlias} is above the maximum of ${aliases.maximum}`,
    );
  }
  if (view.topic !== NO_TOPIC) {
    aliases.set(view.topicAlias, view.topic);
    if (aliases.bytes <= (core.options.readLimits ?? NO_READ_LIMITS).topicAliasBytes) return undefined;
    return new PacketError('QUOTA_EXCEEDED', `the names of all Topic Aliases have ${aliases.bytes} bytes`);
  }
  const topic = aliases.get(view.topicAlias);
  if (topic === undefined)
    return new PacketError('PROTOCOL_ERROR', `Topic Alias ${view.topicAlias} has no Topic Name yet`);
  view.topic = topic;
  return undefined;
}
