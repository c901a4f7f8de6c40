// What pub reads: lines of bytes, lines of JSON, at the pace it is told; and how it says how far it is.
import { describe, expect, it } from 'vitest';
import { readJsonLine } from '../../src/messaging/json-lines.ts';
import { linesOf } from '../../src/messaging/lines.ts';
import { type PaceClock, paced } from '../../src/messaging/pace.ts';
import { Progress } from '../../src/messaging/progress.ts';
import { serverOf } from '../../src/messaging/server-url.ts';

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const one of source) list.push(one);
  return list;
}

describe('lines', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\nb', ['a', 'b']],
    ['a\r\n\nb\rc\r\n', ['a', '', 'b\rc']],
    ['\n', ['']],
  ])('%j, whole and byte by byte', async (text, expected) => {
    for (const size of [1, 2, 100]) {
      const lines = await all(linesOf(chunks(Buffer.from(text), size), 10));
      expect(lines.map((line) => Buffer.from(line).toString())).toEqual(expected);
    }
  });

  it('have a limit', async () => {
    await expect(all(linesOf(chunks(Buffer.from('12345678901'), 3), 10))).rejects.toThrow('10 bytes at most');
    expect(await all(linesOf(chunks(Buffer.from('1234567890\n1'), 3), 10))).toHaveLength(2);
  });
});

describe('a line of JSON', () => {
  const otherwise = { topicName: 'default', qos: 1 as const, retain: true };

  it.each<[string, object]>([
    ['{}', { topicName: 'default', payload: '', qos: 1, retain: true }],
    ['{"topic":"a","payload":"x","qos":2,"retain":false}', { topicName: 'a', payload: 'x', qos: 2, retain: false }],
    ['{"payload":{"a":[1]}}', { payload: '{"a":[1]}' }],
    ['{"payload":null}', { payload: 'null' }],
    ['{"payloadBase64":"/w=="}', { payload: Buffer.from([255]) }],
    [
      '{"properties":{"contentType":"t","correlationData":"eA=="}}',
      { properties: { contentType: 't', correlationData: Buffer.from('x') } },
    ],
    ['{"time":"now","duplicate":true}', { topicName: 'default' }],
  ])('%s', (line, expected) => {
    expect(readJsonLine(line, otherwise)).toMatchObject(expected);
  });

  it('adds to the properties of the options', () => {
    const { properties } = readJsonLine('{"properties":{"contentType":"t"}}', {
      topicName: 'a',
      properties: { contentType: 'o', responseTopic: 'r' },
    });
    expect(properties).toEqual({ contentType: 't', responseTopic: 'r' });
  });

  it.each([
    ['x', /^this is no JSON/],
    ['[]', /^a line is an object/],
    ['{"Topic":"a"}', /no field "Topic"; did you mean topic\?/],
    ['{"topic":1}', /"topic" must be a text/],
    ['{"qos":"1"}', /"qos" must be 0, 1 or 2/],
    ['{"retain":1}', /"retain" must be true or false/],
    ['{"payloadBase64":"!"}', /"payloadBase64" must be base64/],
    ['{"payload":"a","payloadBase64":""}', /one of them/],
    ['{"properties":{"constructor":"a"}}', /no property "constructor"/],
    ['{"constructor":1}', /no field "constructor"/],
    ['{"properties":1}', /"properties" must be an object/],
    ['{"properties":{"contenttype":"a"}}', /did you mean contentType\?/],
    ['{"properties":{"contentType":1}}', /"contentType" must be a string/],
    ['{"properties":{"userProperties":[["a"]]}}', /list of \[name, value\]/],
  ])('refuses %s', (line, words) => {
    expect(() => readJsonLine(line, otherwise)).toThrow(words);
  });

  it('needs a topic from somewhere', () => {
    expect(() => readJsonLine('{}', {})).toThrow('--topic');
  });
});

/** Time that passes only when somebody waits. */
class VirtualPace implements PaceClock {
  time = 0;
  readonly waits: number[] = [];
  now(): number {
    return this.time;
  }
  wait(ms: number, signal: AbortSignal): Promise<unknown> {
    if (signal.aborted) return Promise.reject(signal.reason);
    this.waits.push(ms);
    this.time += ms;
    return Promise.resolve();
  }
}

describe('a rate', () => {
  it('yields each message when it is due', async () => {
    const clock = new VirtualPace();
    const at: number[] = [];
    const { signal } = new AbortController();
    for await (const _ of paced(all5(), 4, { signal, clock })) at.push(clock.time);
    expect(at).toEqual([0, 250, 500, 750, 1000]);
  });

  it('catches up with a second at most', async () => {
    const clock = new VirtualPace();
    const { signal } = new AbortController();
    const at: number[] = [];
    let count = 0;
    for await (const _ of paced(all5(), 1, { signal, clock })) {
      at.push(clock.time);
      if (++count === 1) clock.time = 10_000; // a long stop
    }
    expect(at).toEqual([0, 10_000, 10_000, 11_000, 12_000].map((time, i) => (i === 0 ? 0 : time)));
  });

  it('ends when it is told to, without an error', async () => {
    const clock = new VirtualPace();
    const ending = new AbortController();
    const got: number[] = [];
    for await (const one of paced(all5(), 4, { signal: ending.signal, clock })) {
      got.push(one);
      if (one === 2) ending.abort();
    }
    expect(got).toEqual([1, 2]);
  });

  async function* all5(): AsyncGenerator<number> {
    yield* [1, 2, 3, 4, 5];
  }
});

describe('progress', () => {
  function terminal(isTTY: boolean) {
    const written: string[] = [];
    return { isTTY, written, write: (text: string) => void written.push(text) };
  }

  it('says nothing for a second, then some times a second, and the sum at the end', () => {
    const screen = terminal(true);
    const progress = new Progress(screen, 0, 100_000);
    progress.update(10, 500);
    expect(screen.written).toEqual([]);
    progress.update(12_345, 1_000);
    progress.update(12_346, 1_100);
    progress.update(50_000, 2_000);
    progress.end(100_000, 4_000);
    expect(screen.written).toEqual([
      '\r\u001b[K12,345 of 100,000 (12 %) messages published, 12,345/s',
      '\r\u001b[K50,000 of 100,000 (50 %) messages published, 25,000/s',
      '\r\u001b[K100,000 messages published in 4.0 s\n',
    ]);
  });

  it('says nothing where there is no terminal, nor about short work', () => {
    const file = terminal(false);
    const progress = new Progress(file, 0);
    progress.update(10, 5_000);
    progress.end(10, 5_000);
    expect(file.written).toEqual([]);
    const screen = terminal(true);
    new Progress(screen, 0).end(10, 900);
    expect(screen.written).toEqual([]);
  });

  it('knows no share when nobody knows how many there will be', () => {
    const screen = terminal(true);
    new Progress(screen, 0).update(5, 1_000);
    expect(screen.written).toEqual(['\r\u001b[K5 messages published, 5/s']);
  });
});

describe('the server', () => {
  it.each<[object, string, string?]>([
    [{}, 'mqtt://127.0.0.1'],
    [{ host: 'h' }, 'mqtt://h'],
    [{ host: '::1', port: 1 }, 'mqtt://[::1]:1'],
    [{ host: '[::1]' }, 'mqtt://[::1]'],
    [{ port: 8883 }, 'mqtts://127.0.0.1:8883'],
    [{ host: 'h', cafile: 'f' }, 'mqtts://h'],
    [{ insecure: true, port: 1 }, 'mqtts://127.0.0.1:1'],
    [{ protocol: 'ws' }, 'ws://127.0.0.1/mqtt'],
    [{ protocol: 'wss', host: 'h', path: 'x' }, 'wss://h/x'],
    [{ unix: '/a b/c' }, 'unix:///a%20b/c'],
    [{ url: 'mqtt://h:1' }, 'mqtt://h:1'],
    [{ url: 'mqtt://u:p@h/a/b?keepAlive=5' }, 'mqtt://u:p@h?keepAlive=5', 'a/b'],
    [{ url: 'mqtts://h:1/' }, 'mqtts://h:1'],
    [{ url: 'ws://h/path?x=y' }, 'ws://h/path?x=y'],
    [{ url: 'unix:///s/t' }, 'unix:///s/t'],
    [{ url: 'mqtt://variable', host: 'h' }, 'mqtt://h'],
  ])('%j', (values, url, topic) => {
    const nothing = { header: [], property: [] };
    expect(serverOf({ ...nothing, ...values } as unknown as Parameters<typeof serverOf>[0])).toEqual({ url, topic });
  });
});
