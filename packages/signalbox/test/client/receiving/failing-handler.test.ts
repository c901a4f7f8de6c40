// Handlers that fail and loops that are left: what becomes of their messages, and of the others.
import { describe, expect, it } from 'vitest';
import { explainError } from '../../../src/client/index.ts';
import { Stage } from '../support/stage.ts';

describe('a handler that throws', () => {
  it.each([1, 2] as const)('costs the acknowledgement of its message, not the stream, at QoS %s', async (qos) => {
    const stage = new Stage();
    const client = await stage.connect();
    const seen: string[] = [];
    let isBroken = true;
    await stage.when(
      client.subscribe('a', async ({ text }) => {
        seen.push(text);
        await Promise.resolve();
        if (text === '1' && isBroken) throw new Error('cannot do this');
      }),
    );
    for (const text of ['1', '2', '3']) stage.link.post('a', text, { qos });
    await stage.settle();
    expect(seen).toEqual(['1', '2', '3']);
    expect(stage.link.settledIdentifiers).toEqual([2, 3]);
    expect(await explainError(stage.problems[0])).toContain("'a'");
    expect((stage.problems[0]!.cause as Error).message).toBe('cannot do this');
    isBroken = false;
    await stage.interrupt(client);
    expect(seen).toEqual(['1', '2', '3', '1']);
    expect(stage.link.settledIdentifiers).toEqual([1]);
  });

  it('at once, not by its promise, is the same', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const seen: string[] = [];
    await stage.when(
      client.subscribe('a', ({ text }) => {
        seen.push(text);
        throw new Error(text);
      }),
    );
    for (const text of ['1', '2']) stage.link.post('a', text);
    await stage.settle();
    expect(seen).toEqual(['1', '2']);
    expect(stage.problems.length).toBe(2);
    expect(client.isConnected).toBe(true);
  });

  it('over half of what the server may send leads to a new connection, with patience', async () => {
    const stage = new Stage();
    const client = await stage.connect({ properties: { receiveMaximum: 4 } });
    const seen: string[] = [];
    await stage.when(
      client.subscribe('a', ({ text }) => {
        seen.push(text);
        throw new Error(text);
      }),
    );
    for (const text of ['1', '2', '3']) stage.link.post('a', text, { qos: 1 });
    await stage.settle();
    expect(client.state).toBe('waiting');
    await stage.clock.advance(1_000);
    expect(stage.links.length).toBe(2);
    expect(seen.filter((text) => text === '1').length).toBe(2);
  });

  it('whose onProblem throws too ends nothing', async () => {
    const stage = new Stage();
    const client = await stage.connect({
      onProblem: () => {
        throw new Error('worse');
      },
    });
    await stage.when(
      client.subscribe('a', () => {
        throw new Error('bad');
      }),
    );
    const { error } = console;
    const told: unknown[] = [];
    console.error = (...data) => void told.push(...data);
    stage.link.post('a', 'x');
    await stage.settle();
    console.error = error;
    expect(told.length).toBeGreaterThan(0);
    expect(client.isConnected).toBe(true);
  });
});

describe('a loop that is left', () => {
  it('gives its message back, and later ones are acknowledged', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const subscription = await stage.when(client.subscribe('a'));
    for (const text of ['1', '2', '3']) stage.link.post('a', text, { qos: 1 });
    await stage.settle();
    for await (const message of subscription) {
      expect(message.text).toBe('1');
      break;
    }
    const iterator = subscription[Symbol.asyncIterator]();
    await stage.when(iterator.next());
    await stage.when(iterator.next());
    void iterator.next();
    await stage.settle();
    expect(stage.link.settledIdentifiers).toEqual([2, 3]);
  });

  it('of a subscription that is ended with messages in its buffer holds up nobody', async () => {
    const stage = new Stage();
    const client = await stage.connect();
    const subscription = await stage.when(client.subscribe('a'));
    await stage.when(client.subscribe('b', () => {}));
    stage.link.post('a', '1', { qos: 1 });
    stage.link.post('b', '2', { qos: 1 });
    await stage.settle();
    await stage.when(subscription.unsubscribe());
    expect(stage.link.settledIdentifiers).toEqual([1, 2]);
    const left: string[] = [];
    for await (const message of subscription) left.push(message.text);
    expect(left).toEqual(['1']);
  });
});

describe('a handler that fails at one message again and again', () => {
  /** `deliveries` connections, each of which brings it. */
  async function failing(options: Parameters<Stage['connect']>[0], qos: 1 | 2, times: number) {
    const stage = new Stage();
    const client = await stage.connect(options);
    const seen: string[] = [];
    await stage.when(
      client.subscribe('a', ({ text }) => {
        seen.push(text);
        if (text === 'bad') throw new Error('cannot do this');
      }),
    );
    for (const text of ['bad', 'good']) stage.link.post('a', text, { qos });
    await stage.settle();
    for (let count = 1; count < times; count++) await stage.interrupt(client);
    return { stage, client, seen };
  }

  it.each([1, 2] as const)(
    'has it back with each connection as long as nothing else is said, at QoS %s',
    async (qos) => {
      const { client, seen } = await failing({}, qos, 30);
      expect(seen.filter((text) => text === 'bad').length).toBe(30);
      expect(client.statistics.poisoned).toBe(0);
    },
  );

  it.each([1, 2] as const)('has it no more after `poison.deliveries`: the server is told, at QoS %s', async (qos) => {
    const { stage, client, seen } = await failing({ poison: { deliveries: 3 } }, qos, 3);
    expect(seen).toEqual(['bad', 'good', 'bad', 'bad']);
    expect(stage.link.settledCodes).toEqual([0x83]);
    expect(client.statistics.poisoned).toBe(1);
    expect(stage.problems.at(-1)).toMatchObject({ code: 'POISONED', cause: { message: 'cannot do this' } });
    await stage.interrupt(client);
    expect(seen.length).toBe(4);
  });

  it('gives it to onPoison, and has it acknowledged with the reason code of the options', async () => {
    const kept: string[] = [];
    const poison = {
      deliveries: 2,
      reasonCode: 0x99,
      onPoison: async ({ text }: { readonly text: string }) => {
        await Promise.resolve();
        kept.push(text);
      },
    };
    const { stage } = await failing({ poison }, 1, 2);
    expect(kept).toEqual(['bad']);
    expect(stage.link.settledCodes).toEqual([0x99]);
    expect(stage.problems.length).toBe(2); // the handler's own
  });

  it('keeps it at the server when onPoison fails', async () => {
    let isBroken = true;
    const onPoison = () => {
      if (isBroken) throw new Error('nowhere to keep it');
    };
    const { stage, client } = await failing({ poison: { deliveries: 2, onPoison } }, 1, 2);
    expect(stage.link.settledCodes).toEqual([]);
    expect(stage.problems.at(-1)!.message).toBe('nowhere to keep it');
    isBroken = false;
    await stage.interrupt(client);
    expect(stage.link.settledCodes).toEqual([0x83]);
  });

  it('acknowledges it in 3.1.1, where there is no other word', async () => {
    const options = { protocolVersion: 4, cleanStart: false, poison: { deliveries: 2 } } as const;
    const { stage, client } = await failing(options, 1, 2);
    expect(stage.link.settledCodes).toEqual([0]);
    expect(client.statistics.poisoned).toBe(1);
  });

  it('counts another message with the same Packet Identifier from the beginning', async () => {
    const { stage, client } = await failing({ poison: { deliveries: 3 } }, 1, 2);
    stage.sessions.clear();
    await stage.interrupt(client);
    stage.link.post('a', 'bad', { qos: 1 });
    await stage.settle();
    expect(client.statistics.poisoned).toBe(0);
    expect(stage.link.settledCodes).toEqual([]);
  });

  it('and is left alone at QoS 0', async () => {
    const stage = new Stage();
    const client = await stage.connect({ poison: { deliveries: 1 } });
    await stage.when(
      client.subscribe('a', () => {
        throw new Error('no');
      }),
    );
    stage.link.post('a', 'bad');
    await stage.settle();
    expect(stage.problems.length).toBe(1);
    expect(client.statistics.poisoned).toBe(0);
  });
});
