// events(), lastPackets(), interceptors and the trace context: what can be seen and changed of what goes over the wire.
import { describe, expect, it } from 'vitest';
import type { ClientEvent } from '../../../src/client/observation/activity.ts';
import { Outcome } from '../support/outcome.ts';
import { Stage } from '../support/stage.ts';

function label(event: ClientEvent): string {
  if (event.kind === 'status') return event.status.state;
  if (event.kind === 'missed') return `missed ${event.count}`;
  return `${event.direction === 'outgoing' ? '>' : '<'}${event.type}`;
}

async function take(events: AsyncIterator<ClientEvent>, stage: Stage): Promise<ClientEvent[]> {
  const all: ClientEvent[] = [];
  for (;;) {
    const next = new Outcome(events.next());
    await stage.settle();
    if (next.state === 'pending' || next.value.done === true) return all;
    all.push(next.value.value);
  }
}

describe('events()', () => {
  it('tells packets and changes of status in the order they happen', async () => {
    const stage = new Stage();
    const client = await stage.offline();
    const events = client.events();
    await stage.settle(); // in a page it is loaded now
    await stage.online(client);
    await stage.when(client.publish('a', 'x', { qos: 2 }));
    stage.link.cut();
    await stage.settle();
    expect((await take(events, stage)).map(label)).toEqual([
      'connecting',
      '>connect',
      '<connack',
      'connected',
      '>publish',
      '<pubrec',
      '>pubrel',
      '<pubcomp',
      'waiting',
    ]);
  });

  it('shows packets without secrets, with bytes of their own', async () => {
    const stage = new Stage();
    const client = await stage.offline({ username: 'u', password: 'secret' });
    const events = client.events();
    await stage.settle(); // in a page it is loaded now
    await stage.online(client);
    await stage.when(client.subscribe('a', () => {}));
    stage.link.post('a', 'text', { properties: { correlationData: new Uint8Array([1, 2, 3]) } });
    await stage.settle();
    const all = await take(events, stage);
    const packets = all.flatMap((event) =>
      event.kind === 'packet' && event.packet !== undefined ? [event.packet] : [],
    );
    expect(JSON.stringify(packets)).not.toContain('secret');
    const publish = packets.find(({ type }) => type === 'publish');
    expect(publish).toMatchObject({
      payload: new TextEncoder().encode('text'),
      properties: { correlationData: new Uint8Array([1, 2, 3]) },
    });
  });

  it('shows a message as it was sent, whatever becomes of the buffer', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const events = client.events();
    await stage.settle(); // in a page it is loaded now
    const payload = new Uint8Array([65]);
    await stage.when(client.publish('a', payload));
    payload[0] = 66;
    const [publish] = (await take(events, stage)).flatMap((event) => (event.kind === 'packet' ? [event.packet] : []));
    expect(publish).toMatchObject({ payload: new Uint8Array([65]) });
  });

  it('tells a slow follower where it missed something, and how much', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const events = client.events();
    await stage.settle(); // in a page it is loaded now
    for (let count = 0; count < 10_003; count++) void client.publish('a', String(count));
    await stage.settle();
    const all: ClientEvent[] = [];
    for (let count = 0; count < 10_000; count++) all.push((await events.next()).value);
    void client.publish('a', 'last');
    await stage.settle();
    all.push(...(await take(events, stage)));
    const texts = all.map((event) =>
      event.kind === 'packet' && event.packet?.type === 'publish' ? String(event.packet.payload) : label(event),
    );
    expect(texts.slice(0, 2)).toEqual(['0', '1']);
    expect(texts.slice(-3)).toEqual(['9999', 'missed 3', 'last']);
  });

  it('costs nothing any more for who has left', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const seen: string[] = [];
    const loop = (async () => {
      for await (const event of client.events()) {
        seen.push(label(event));
        break;
      }
    })();
    await stage.settle();
    for (let count = 0; count < 3; count++) await stage.when(client.publish('a', ''));
    await stage.when(loop);
    expect(seen).toEqual(['>publish']);
  });
});

describe('lastPackets()', () => {
  it('knows the last ones, with direction, time, size and identifier', async () => {
    const stage = new Stage();
    const client = await stage.connect({ lastPackets: 4 });
    await stage.clock.advance(5);
    await stage.when(client.publish('a', 'x', { qos: 1 }));
    await stage.when(client.subscribe('b', () => {}));
    expect(client.lastPackets().map(({ direction, type, at }) => [direction, type, at])).toEqual([
      ['outgoing', 'publish', 5],
      ['incoming', 'puback', 5],
      ['outgoing', 'subscribe', 5],
      ['incoming', 'suback', 5],
    ]);
    expect(client.lastPackets()[1]?.packetIdentifier).toBe(1);
  });

  it('knows none when none are wanted', async () => {
    const stage = new Stage();
    const client = await stage.connect({ lastPackets: 0 });
    expect(client.lastPackets()).toEqual([]);
  });
});

describe('interceptors', () => {
  it('see and change what is sent', async () => {
    const stage = new Stage();
    const types: string[] = [];
    const client = await stage.connect({
      interceptors: {
        outgoing: (packet) => {
          types.push(packet.type);
          return packet.type === 'publish' ? { ...packet, topicName: `prefix/${packet.topicName}` } : undefined;
        },
      },
    });
    await stage.when(client.publish('a', ''));
    await stage.when(client.publish('b', '', { qos: 2 }));
    const subscription = await stage.when(client.subscribe('c', () => {}));
    await stage.when(subscription.unsubscribe());
    await stage.when(client.close());
    expect(types).toEqual(['connect', 'publish', 'publish', 'subscribe', 'unsubscribe', 'disconnect']);
    expect(stage.link.of('publish').map(({ topicName }) => topicName)).toEqual(['prefix/a', 'prefix/b']);
  });

  it('that throw give the caller the error, and nothing else', async () => {
    const stage = new Stage();
    const client = await stage.connect({
      interceptors: {
        outgoing: (packet) => {
          if (packet.type !== 'connect') throw new Error(`no ${packet.type}`);
          return undefined;
        },
      },
    });
    const published = new Outcome(client.publish('a', '', { qos: 1 }));
    const subscribed = new Outcome(client.subscribe('a', () => {}));
    await stage.settle();
    expect([published.error?.message, subscribed.error?.message]).toEqual(['no publish', 'no subscribe']);
    expect(client.isConnected).toBe(true);
    await stage.when(client.close());
    expect(client.state).toBe('closed');
  });

  it('change what is received: the message goes where its new topic belongs', async () => {
    const stage = new Stage();
    const client = await stage.connect({
      interceptors: {
        incoming: (packet) =>
          packet.type === 'publish' ? { ...packet, topicName: packet.topicName.replace('raw/', '') } : undefined,
      },
    });
    const seen: string[] = [];
    await stage.when(client.subscribe('a', (message) => void seen.push(`${message.topicName}=${message.text}`)));
    stage.link.post('raw/a', '1', { qos: 1 });
    stage.link.post('a', '2', { qos: 1 });
    await stage.settle();
    expect(seen).toEqual(['a=1', 'a=2']);
    expect(stage.link.settledIdentifiers).toEqual([1, 2]);
  });

  it('that throw on what is received are told, and the packet is taken as it is', async () => {
    const stage = new Stage();
    const client = await stage.connect({
      interceptors: {
        incoming: () => {
          throw new Error('no');
        },
      },
    });
    expect(client.isConnected).toBe(true);
    expect(stage.problems.length).toBe(1);
  });
});

describe('the trace context', () => {
  it('goes with every message as a User Property', async () => {
    const stage = new Stage();
    let count = 0;
    const client = await stage.connect({ traceContext: () => (count++ === 0 ? '00-trace' : undefined) });
    await stage.when(client.publish('a', '', { properties: { userProperties: [['k', 'v']] } }));
    await stage.when(client.publish('a', '', { qos: 1 }));
    expect(stage.link.of('publish').map(({ properties }) => properties.userProperties)).toEqual([
      [
        ['k', 'v'],
        ['traceparent', '00-trace'],
      ],
      undefined,
    ]);
  });

  it('stays at home where the server knows only 3.1.1', async () => {
    const stage = new Stage();
    stage.script.onlyVersion = 4;
    const client = await stage.connect({ traceContext: () => '00-trace' });
    await stage.when(client.publish('a', '', { qos: 1 }));
    expect(stage.link.messages).toEqual(['']);
  });
});
