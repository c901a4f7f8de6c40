// What is retained at a moment when nobody else is connected: each topic has the value that was acknowledged last, or a
// later one that was on its way when the broker was killed.

import { connect } from '../../src/transport/connect.ts';
import { TestClient } from '../support/test-client.ts';
import type { Journal, Message } from './journal.ts';

/** Answers what is wrong, in words. */
export async function auditRetained(port: number, journal: Journal, kills: number): Promise<string[]> {
  const values = await readRetained(port);
  const findings: string[] = [];
  for (const [topicName, history] of historiesOf(journal.messages)) {
    const last = history.findLastIndex(({ acknowledgedAt }) => acknowledgedAt !== Infinity);
    const possible = history.slice(Math.max(0, last)).map(publishedAs);
    if (last < 0) possible.push('');
    const value = values.get(topicName) ?? '';
    values.delete(topicName);
    if (possible.includes(value)) continue;
    const found = history.findLastIndex((message) => publishedAs(message) === value);
    findings.push(
      [
        `${topicName} has ${value || 'no value'} at ${journal.ms.toFixed(0)} ms, after kill ${kills}; it was published as`,
        ...history.slice(Math.max(0, Math.min(found, last) - 1), last + 3).map(describe),
      ].join('\n'),
    );
  }
  for (const topicName of values.keys()) findings.push(`${topicName} is retained, and nobody published it`);
  return findings;
}

async function readRetained(port: number): Promise<Map<string, string>> {
  const transport = await connect(`mqtt://127.0.0.1:${port}`);
  const client = await TestClient.connect(transport, { connect: { clientId: 'auditor' } });
  await client.subscribe('r/#', 1);
  const texts = await client.messages();
  await client.disconnect();
  return new Map(
    texts.map((text) => {
      const at = text.indexOf('=');
      return [text.slice(0, at), text.slice(at + 1, text.indexOf('|', at))];
    }),
  );
}

function historiesOf(messages: readonly Message[]): Map<string, Message[]> {
  const histories = new Map<string, Message[]>();
  for (const message of messages) {
    if (message.publish.retain !== true) continue;
    const history = histories.get(message.topicName);
    if (history === undefined) histories.set(message.topicName, [message]);
    else history.push(message);
  }
  return histories;
}

function describe(message: Message): string {
  const { calledMs, acknowledgedAt, acknowledgedMs, qos } = message;
  const acknowledged =
    acknowledgedAt === Infinity ? 'not acknowledged' : `acknowledged at ${acknowledgedMs.toFixed(0)} ms`;
  return `    ${calledMs.toFixed(0)} ms  ${publishedAs(message) || 'removal'} at QoS ${qos}, ${acknowledged}`;
}

/** Its id; empty: it removes what is retained. */
function publishedAs({ id, publish }: Message): string {
  return publish.payload === '' ? '' : id;
}
