// Requests and their answers.
import { describe, expect, it } from 'vitest';
import { Outcome, outcomesOf } from './support/outcome.ts';
import { Stage } from './support/stage.ts';

/** Answers the last request of the client. */
function answer(stage: Stage, text: string) {
  const { responseTopic, correlationData } = stage.link.of('publish').at(-1)!.properties;
  stage.link.post(responseTopic!, text, { properties: { correlationData } });
}

describe('request', () => {
  it('resolves with the first answer, whatever comes in between', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const response = new Outcome(client.request('service', 'question'));
    await stage.settle();
    const { responseTopic } = stage.link.of('publish')[0]!.properties;
    stage.link.post(responseTopic!, 'stray');
    stage.link.post(responseTopic!, 'other', { properties: { correlationData: new Uint8Array([1, 2, 3, 4]) } });
    answer(stage, 'answer');
    answer(stage, 'again');
    await stage.settle();
    expect(response.value.text).toBe('answer');
    expect(stage.problems).toEqual([]);
  });

  it('tells many apart, with one subscription', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const all = outcomesOf(Array.from({ length: 20 }, (_, index) => client.request('service', String(index))));
    await stage.settle();
    for (const { payload, properties } of stage.link.of('publish').reverse())
      stage.link.post(properties.responseTopic!, `re ${new TextDecoder().decode(payload)}`, {
        properties: { correlationData: properties.correlationData },
      });
    await stage.settle();
    expect(all.map(({ value }) => value.text)).toEqual(all.map((_, index) => `re ${index}`));
    expect(stage.link.topicFilters.length).toBe(1);
  });

  it('uses the Response Information of the server', async () => {
    const stage = new Stage();
    stage.script.announce({ responseInformation: 'answers/here' });
    const client = await stage.connect({ properties: { requestResponseInformation: true } });
    client.request('service').catch(() => {});
    await stage.settle();
    expect(stage.link.of('publish')[0]!.properties.responseTopic).toContain('answers/here/');
  });

  it.each([0, 1, 2] as const)('is answered by reply(), with QoS %s as it came', async (qos) => {
    const stage = new Stage();
    const client = await stage.connect();
    await stage.when(client.reply('service', async (message) => `${message.text}!`));
    const properties = { responseTopic: 'back', correlationData: new Uint8Array([7]) };
    stage.link.post('service', 'hello', { qos, properties });
    stage.link.post('service', 'nobody waits', { qos });
    await stage.settle();
    expect(stage.link.messages).toEqual(['hello!']);
    expect(stage.link.of('publish')[0]).toMatchObject({
      topicName: 'back',
      qos,
      properties: { correlationData: new Uint8Array([7]) },
    });
    expect(stage.link.settledIdentifiers.length).toBe(qos === 0 ? 0 : 2);
  });

  it('gives up after its time, also when the time goes by before it can be sent', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const unanswered = new Outcome(client.request('service', '', { timeoutMs: 100 }));
    await stage.clock.advance(100);
    expect(unanswered.code).toBe('TIMEOUT');
    stage.script.dial = () => 'refuse';
    stage.link.cut();
    await stage.settle();
    const fresh = await stage.connect({ awaitConnection: false });
    const unsent = new Outcome(fresh.request('service', '', { timeoutMs: 100 }));
    await stage.clock.advance(100);
    expect(unsent.code).toBe('TIMEOUT');
  });

  it('rejects when it cannot be published, when nobody may listen, and when the client closes', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const bad = new Outcome(client.request('a/#'));
    const open = new Outcome(client.request('service'));
    await stage.settle();
    expect(bad.error?.name).toBe('UsageError');
    await stage.when(client.close());
    expect(open.code).toBe('CLOSED');
    stage.script.grant = () => 0x87;
    const other = await stage.connect();
    const deaf = new Outcome(other.request('service'));
    await stage.settle();
    expect(deaf.code).toBe('REFUSED');
    await stage.when(other.close());
    expect(stage.clock.scheduled).toBe(0);
  });

  it('keeps its answer over a reconnection that lost the session', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const response = new Outcome(client.request('service', '', { qos: 1 }));
    await stage.settle();
    const { responseTopic, correlationData } = stage.link.of('publish')[0]!.properties;
    stage.sessions.clear();
    await stage.interrupt(client);
    expect(stage.link.topicFilters).toEqual([[responseTopic]]);
    stage.link.post(responseTopic!, 'late', { properties: { correlationData } });
    await stage.settle();
    expect(response.value.text).toBe('late');
  });
});
