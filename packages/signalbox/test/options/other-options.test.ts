// Options of the broker, of its listeners, of MSIP clients and of links: what is none is told at once, by name.
import { describe, expect, it } from 'vitest';
import { Broker } from '../../src/broker/index.ts';
import { connect, listen, openLink } from '../../src/connect/index.ts';
import { MsipClient } from '../../src/msip-client/index.ts';

/** Options no type would let through. */
const loose = (options: object): never => options as never;

describe('a broker', () => {
  it.each([
    [{ hooks: { authorise: () => true } }, "there is no option 'hooks.authorise'; did you mean 'hooks.authorize'?"],
    [{ hooks: { authenticate: true } }, 'hooks.authenticate is true: it must be a function'],
    [{ limit: {} }, "there is no option 'limit'; did you mean 'limits'?"],
    [{ limits: { conections: 1 } }, "there is no limits.conections; did you mean 'limits.connections'?"],
    [{ queuePolicy: 'drop' }, "queuePolicy is 'drop': it must be one of 'drop-newest', 'drop-oldest', 'disconnect'"],
    [{ rewrites: [{ from: 'a' }] }, 'rewrites[0].to is missing'],
    [{ redirection: { serverReference: 1 } }, 'redirection.serverReference is 1: it must be text'],
  ])('%j is no option of it', (options, problem) => {
    expect(() => new Broker(loose(options))).toThrow(new RangeError(problem));
  });

  it('takes hooks that an object of a class has', async () => {
    class Access {
      readonly known = new Set(['alice']);
      authorize(): boolean {
        return true;
      }
    }
    await new Broker({ hooks: loose(new Access()) }).close();
  });

  it.each([
    [
      { tls: { rejectUnauthorised: true } },
      "there is no option 'tls.rejectUnauthorised'; did you mean 'tls.rejectUnauthorized'?",
    ],
    [{ allowAnonymus: false }, "there is no option 'allowAnonymus'; did you mean 'allowAnonymous'?"],
    [{ allowAnonymous: 'no' }, "allowAnonymous is 'no': it must be true or false"],
  ])('%j is no option of a listener', async (options, problem) => {
    const broker = new Broker();
    await expect(broker.listen('mqtt://127.0.0.1:0', loose(options))).rejects.toThrow(new RangeError(problem));
    await broker.close();
  });
});

it.each([
  [{ pingIntervall: 1 }, "there is no option 'pingIntervall'; did you mean 'pingInterval'?"],
  [{ pingInterval: '1' }, "pingInterval is '1': it must be a number from 0"],
  [{ port: 70_000 }, 'port is 70000: it must be an integer from 1 to 65535'],
  [{ tls: true }, 'tls is true: it must be an object'],
])('%j is no option of an MSIP client', (options, problem) => {
  const make = (): unknown => new MsipClient(loose(options));
  expect(make).toThrow(expect.objectContaining({ name: 'MsipUsageError', code: 'INVALID_ARGUMENT', message: problem }));
});

describe('a link', () => {
  const misspelt = { keepalive: {} };
  const problem = { code: 'BAD_OPTIONS', message: "there is no option 'keepalive'; did you mean 'keepAlive'?" };

  it('has no misspelt options, nor a connection or a listener', async () => {
    await expect(connect('tcp://127.0.0.1:1', loose(misspelt))).rejects.toMatchObject(problem);
    await expect(listen('tcp://127.0.0.1:0', loose(misspelt))).rejects.toMatchObject(problem);
    expect(() => openLink('tcp://127.0.0.1:1', loose(misspelt))).toThrow(expect.objectContaining(problem));
  });

  it('has none below either', () => {
    const options = { queue: { message: 1 } };
    expect(() => openLink('tcp://127.0.0.1:1', loose(options))).toThrow(
      "there is no option 'queue.message'; did you mean 'queue.messages'?",
    );
  });
});
