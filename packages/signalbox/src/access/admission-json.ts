/** What tokens and web services say about a client, as JSON. What is not as it should be is undefined, never a guess. */
import type { TopicGrants } from '../broker/hooks.ts';

/** `{ "publish": [filters], "subscribe": [filters] }`; a list that is left out is empty. */
export function readTopicGrants(json: unknown): TopicGrants | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { publish = [], subscribe = [] } = json as Record<string, unknown>;
  const lists = { publish: readTexts(publish), subscribe: readTexts(subscribe) };
  return lists.publish === undefined || lists.subscribe === undefined ? undefined : (lists as TopicGrants);
}

/** A list of texts. */
export function readTexts(json: unknown): readonly string[] | undefined {
  return Array.isArray(json) && json.every((each) => typeof each === 'string') ? (json as string[]) : undefined;
}
