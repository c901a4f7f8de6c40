/**
 * Subscriptions that exist are asked about again, when what a client may do can have changed: a session comes back, a
 * client has authenticated anew, the rules were read again. Those that are no longer allowed end.
 */
import { ReasonCode } from '../../mqtt/reason-codes.ts';
import { matches } from '../../mqtt/topics.ts';
import type { Link } from '../connection/link.ts';
import type { KeptMessage } from '../delivery/kept-message.ts';
import type { Exchange } from '../exchange.ts';
import { after, type ClientInfo, type Maybe } from '../hooks.ts';
import type { ClientSession } from './client-session.ts';
import { maySubscribe } from './subscribing.ts';

/** How long reviewing may keep everybody waiting, until something else gets its turn. */
const SLICE_MS = 5;

/** Ends what is no longer allowed; answers the Topic Filters that ended. */
export function review(exchange: Exchange, session: ClientSession, client: ClientInfo): Maybe<string[]> {
  const { authorize } = exchange.hooks;
  const topicFilters = [...(session.subscriber.subscriptions?.keys() ?? [])];
  if (authorize === undefined || topicFilters.length === 0) return [];
  const ended: string[] = [];
  const askFrom = (first: number): Maybe<string[]> => {
    const since = exchange.clock.now();
    for (let index = first; index < topicFilters.length; index++) {
      const topicFilter = topicFilters[index]!;
      const onAnswer = (isAllowed: boolean) => {
        if (isAllowed !== true) ended.push(topicFilter);
      };
      const answer = after(maySubscribe(authorize, client, topicFilter), onAnswer);
      const isTimeUp = exchange.clock.now() - since >= SLICE_MS;
      if (answer !== undefined) return after(answer, () => askFrom(index + 1));
      if (isTimeUp) return new Promise<void>((resolve) => setImmediate(resolve)).then(() => askFrom(index + 1));
    }
    return ended;
  };
  return after(askFrom(0), () => {
    if (ended.length === 0) return ended;
    exchange.subscribing.unsubscribe(session, ended);
    dropWaiting(exchange, session, ended);
    for (const topicFilter of ended) exchange.events.emit('unsubscribed', { client, topicFilter });
    return ended;
  });
}

/** A session without a connection gathers on, as nobody knows yet that it may not: what came so is not handed out. */
function dropWaiting(exchange: Exchange, session: ClientSession, ended: readonly string[]): void {
  const allowed = [...(session.subscriber.subscriptions?.keys() ?? [])];
  const isForbidden = ({ topic: { name } }: KeptMessage) =>
    ended.some((filter) => matches(filter, name)) && !allowed.some((filter) => matches(filter, name));
  for (const { message, qos } of session.queue?.takeIf(isForbidden) ?? []) {
    exchange.onMessageDropped(session, message, qos, 'not-authorized');
  }
}

/**
 * The same for a client that is connected. MQTT has no word for a subscription that the server ends, so the connection
 * ends with Not authorized (0x87): who subscribes again then learns which filters it may not have.
 */
export function reviewConnected(link: Link): Maybe<void> {
  const { session, client } = link;
  if (session === undefined || client === undefined) return undefined;
  return after(review(link.exchange, session, client), (ended) => {
    if (link.isClosed || link.session !== session) return;
    link.exchange.commits.settle();
    if (ended.length > 0) link.disconnect(ReasonCode.NotAuthorized);
  });
}

/** Everybody who is connected, in slices. What fails at one costs that one its connection. Answers how many had to go. */
export async function reviewAll(exchange: Exchange): Promise<number> {
  let count = 0;
  let since = exchange.now();
  for (const link of [...exchange.links]) {
    try {
      if (!link.isClosed) await reviewConnected(link);
    } catch (error) {
      link.fail(error, 'asking about subscriptions again');
    }
    if (link.isClosed) count++;
    if (exchange.now() - since < SLICE_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    since = exchange.now();
  }
  return count;
}
