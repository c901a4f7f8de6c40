/**
 * Topics that become others on their way in (an operator's rules): those of PUBLISH and of wills, and the filters of
 * SUBSCRIBE and UNSUBSCRIBE. What hooks and subscribers see is what a topic has become.
 */
import { isTopicFilter, isTopicName, parseShare, validateTopicFilter } from '../../mqtt/topics.ts';
import { TopicRewrite } from '../../routing/topic-rewrite.ts';
import { fillPlaceholders, type Named } from '../placeholders.ts';

export interface RewriteRule {
  /** A Topic Filter. */
  readonly from: string;
  /** `$1`, `$2`, … stand for what its wildcards matched, `%c` and `%u` for Client Identifier and User Name. */
  readonly to: string;
  /** Default: both. */
  readonly action?: 'publish' | 'subscribe';
}

interface Rule {
  readonly rewrite: TopicRewrite;
  readonly action: RewriteRule['action'];
}

export class TopicRewriting {
  readonly #rules: readonly Rule[];

  /** Throws RangeError when a rule makes no sense. */
  constructor(rules: readonly RewriteRule[]) {
    this.#rules = rules.map(({ from, to, action }) => {
      if (action !== undefined && action !== 'publish' && action !== 'subscribe') {
        throw new RangeError(`the rewriting of “${from}” is for publish or subscribe, not ${String(action)}`);
      }
      const problem = validateTopicFilter(to);
      if (problem !== undefined) throw new RangeError(`“${from}” cannot become “${to}”: ${problem}`);
      return { rewrite: new TopicRewrite(from, to), action };
    });
  }

  /** What a published topic becomes; the topic itself when no rule is about it, or what it would become is no topic. */
  topicName(topicName: string, client: Named): string {
    const rewritten = this.#apply(topicName, client, 'publish');
    return rewritten !== undefined && isTopicName(rewritten) ? rewritten : topicName;
  }

  /** The same for a Topic Filter; of a shared one the filter behind the share name. */
  topicFilter(topicFilter: string, client: Named): string {
    const share = parseShare(topicFilter);
    const rewritten = this.#apply(share?.topicFilter ?? topicFilter, client, 'subscribe');
    if (rewritten === undefined) return topicFilter;
    const whole = share === undefined ? rewritten : `$share/${share.shareName}/${rewritten}`;
    return isTopicFilter(whole) ? whole : topicFilter;
  }

  #apply(topic: string, client: Named, action: 'publish' | 'subscribe'): string | undefined {
    for (const rule of this.#rules) {
      if (rule.action !== undefined && rule.action !== action) continue;
      let isSafe = true;
      const rewritten = rule.rewrite.apply(topic, (text, before) => {
        const filled = fillPlaceholders(text, client, before);
        isSafe &&= filled !== undefined;
        return filled ?? '';
      });
      if (rewritten !== undefined) return isSafe ? rewritten : undefined;
    }
    return undefined;
  }
}
