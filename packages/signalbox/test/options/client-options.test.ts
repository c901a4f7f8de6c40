// Options of the MQTT client: what is none is told at once, by name. In Node and in pages under development.
import { describe, expect, it } from 'vitest';
import { type ClientOptions, connect, UsageError } from '../../src/client/index.ts';
import { Stage } from '../client/support/stage.ts';

/** connect() with options no type would let through. */
async function problemOf(options: object): Promise<string> {
  const stage = new Stage();
  const error: unknown = await connect(stage.options({ awaitConnection: false, ...options })).catch((reason) => reason);
  expect(error).toBeInstanceOf(UsageError);
  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(stage.dials).toEqual([]);
  return (error as Error).message;
}

describe('an option out of its range', () => {
  it.each([
    [{ keepAlive: -1 }, 'keepAlive is -1: it must be an integer from 0 to 65535'],
    [{ keepAlive: Number.NaN }, 'keepAlive is NaN: it must be an integer from 0 to 65535'],
    [{ keepAlive: 70_000 }, 'keepAlive is 70000: it must be an integer from 0 to 65535'],
    [{ keepAlive: '60' }, "keepAlive is '60': it must be an integer from 0 to 65535"],
    [{ properties: { receiveMaximum: 0 } }, 'properties.receiveMaximum is 0: it must be an integer from 1 to 65535'],
    [{ protocolVersion: 3 }, 'protocolVersion is 3: it must be one of 4, 5'],
    [{ will: { topicName: 'a/#' } }, 'will.topicName is no Topic Name: '],
    [{ will: { payload: 'x' } }, 'will.topicName is missing'],
    [{ will: { topicName: 'a', qos: 3 } }, 'will.qos is 3: it must be one of 0, 1, 2'],
    [{ will: 'a' }, "will is 'a': it must be an object"],
    [
      { will: { topicName: 'a', properties: { userProperties: [['a']] } } },
      'will.properties.userProperties[0] is a list',
    ],
    [{ queue: { policy: 'drop' } }, "queue.policy is 'drop': it must be one of 'reject', 'drop-oldest', 'drop-newest'"],
    [{ reconnect: true }, 'reconnect is true: it must be a function such as backOff(…), or false'],
    [{ onStatus: [] }, 'onStatus is a list: it must be a function'],
    [{ poison: { reasonCode: 0 } }, 'poison.reasonCode is 0'],
    [{ servers: 'mqtt://a' }, "servers is 'mqtt://a': it must be a list"],
    [{ servers: ['mqtt://a', 1] }, 'servers[1] is 1: it must be text'],
    [{ signal: {} }, 'signal is an object: it must be an AbortSignal'],
    [{ cleanStart: null }, 'cleanStart is null: it must be true or false'],
    [{ username: 7 }, 'username is 7: it must be text'],
  ])('%j is told', async (options, problem) => {
    expect(await problemOf(options)).toContain(problem);
  });

  it('does not tell what may be a secret', async () => {
    expect(await problemOf({ password: 123_456 })).toBe('password is of type number: it must be text or bytes');
  });

  it('is told too where a URL has it', async () => {
    const stage = new Stage();
    const error: unknown = await connect('mqtt://server?keepAlive=-1', stage.options({ url: undefined })).catch(
      (reason) => reason,
    );
    expect((error as Error).message).toContain('keepAlive is -1');
  });
});

describe('an option that there is not', () => {
  it.each([
    [{ keepalive: 30 }, "there is no option 'keepalive'; did you mean 'keepAlive'?"],
    [{ clientID: 'a' }, "there is no option 'clientID'; did you mean 'clientId'?"],
    [{ clean: true }, "there is no option 'clean'; did you mean 'cleanStart'?"],
    [{ will: { topic: 'a' } }, "there is no option 'will.topic'; did you mean 'will.topicName'?"],
    [
      { properties: { recieveMaximum: 1 } },
      "there is no option 'properties.recieveMaximum'; did you mean 'properties.receiveMaximum'?",
    ],
    [{ queue: { qos: 0 } }, "there is no option 'queue.qos'; did you mean 'queue.qos0'?"],
    [{ quantity: 1 }, "there is no option 'quantity'"],
  ])('%j is told, with what was meant', async (options, problem) => {
    expect(await problemOf(options)).toBe(problem);
  });

  it('is told of the transport, unless the program dials by itself', async () => {
    const options = {
      url: 'mqtt://127.0.0.1:1',
      awaitConnection: false,
      transport: { tls: { rejectUnautorized: false } },
    };
    await expect(connect(options as unknown as ClientOptions)).rejects.toThrow(
      "there is no option 'transport.tls.rejectUnautorized'; did you mean 'transport.tls.rejectUnauthorized'?",
    );
    const stage = new Stage();
    const client = await stage.when(connect(stage.options({ transport: { whatever: 1 } as object })));
    await stage.when(client.close());
  });
});

it('takes everything at once that is right, and undefined for what is not given', async () => {
  const stage = new Stage();
  const client = await stage.when(
    connect(
      stage.options({
        ...{ servers: ['mqtt://b'], protocolVersion: 5, clientId: 'c', username: 'u', password: new Uint8Array(1) },
        ...{ keepAlive: 0, cleanStart: true, sessionExpiryInterval: 0xffff_ffff, maximumInFlight: Infinity },
        will: {
          topicName: 'a',
          payload: new Uint8Array(0),
          qos: 2,
          retain: true,
          properties: { willDelayInterval: 5 },
        },
        properties: { userProperties: [['a', 'b']], receiveMaximum: 65_535, requestProblemInformation: false },
        reconnect: false,
        queue: { ageMs: Infinity, qos0: undefined },
        poison: { disconnects: Infinity, deliveries: 3 },
        ...{ interceptors: {}, traceContext: undefined, lastPackets: 0, drive: 'running' },
      }),
    ),
  );
  expect(client.isConnected).toBe(true);
  await stage.when(client.close());
});
