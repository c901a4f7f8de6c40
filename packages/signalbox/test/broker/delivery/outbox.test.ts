// The outbox and what is encoded into it: ranges of one slab, one write per connection and turn.
import { describe, expect, it } from 'vitest';
import { Outbox, type Outlet } from '../../../src/broker/delivery/outbox.ts';
import { PublishForm } from '../../../src/broker/delivery/publish-encoder.ts';
import { SharedEncodings } from '../../../src/broker/delivery/shared-encodings.ts';

/** A network that keeps what it is given, by reference as a socket does, or takes it at once. */
class RecordingOutlet implements Outlet {
  outStart = 0;
  outEnd = 0;
  outMore: number[] | undefined = undefined;
  readonly written: Uint8Array[] = [];
  readonly texts: string[] = [];
  answer = true;
  onWrite: () => void = () => {};

  readonly failures: unknown[] = [];

  fail(error: unknown): void {
    this.failures.push(error);
  }

  write(bytes: Uint8Array): boolean {
    this.written.push(bytes);
    this.texts.push(Buffer.from(bytes).toString());
    this.onWrite();
    return this.answer;
  }
}

function put(outbox: Outbox, text: string): [number, number] {
  const start = outbox.writer.length;
  outbox.writer.text(text);
  return [start, outbox.writer.length];
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('Outbox', () => {
  it('writes once per outlet and turn, adjoining ranges without a copy', async () => {
    const outbox = new Outbox(() => 0);
    const outlet = new RecordingOutlet();
    for (const text of ['one ', 'two ', 'three']) outbox.append(outlet, ...put(outbox, text));
    expect(outlet.written).toEqual([]);
    await turn();
    expect(outlet.texts).toEqual(['one two three']);
    expect(outbox.flushes).toBe(1);
  });

  it('joins scattered ranges in their order, small and large', () => {
    const outbox = new Outbox(() => 0);
    const [left, right] = [new RecordingOutlet(), new RecordingOutlet()];
    const shared = put(outbox, 's');
    outbox.append(left, ...shared);
    outbox.append(right, ...shared);
    for (let i = 0; i < 20; i++) {
      outbox.append(left, ...put(outbox, `l${i}${'L'.repeat(i * 10)}`));
      outbox.append(right, ...put(outbox, `r${i}${'R'.repeat(i * 10)}`));
      outbox.append(left, ...shared);
    }
    outbox.flush();
    const texts = (letter: string) =>
      Array.from({ length: 20 }, (_, i) => `${letter}${i}${letter.toUpperCase().repeat(i * 10)}`);
    expect(left.texts).toEqual([
      `s${texts('l')
        .map((text) => `${text}s`)
        .join('')}`,
    ]);
    expect(right.texts).toEqual([`s${texts('r').join('')}`]);
  });

  it('never writes again over memory that a transport still refers to', () => {
    const outbox = new Outbox(() => 0);
    const [slow, fast] = [new RecordingOutlet(), new RecordingOutlet()];
    slow.answer = false;
    outbox.append(slow, ...put(outbox, 'still in the kernel'));
    outbox.append(fast, ...put(outbox, 'gone'));
    outbox.flush();
    for (let round = 0; round < 5; round++) {
      outbox.append(fast, ...put(outbox, 'X'.repeat(1000)));
      outbox.flush();
    }
    expect(Buffer.from(slow.written[0]!).toString()).toBe('still in the kernel');
  });

  it('uses its memory again when everybody took everything', () => {
    const outbox = new Outbox(() => 0);
    const outlet = new RecordingOutlet();
    outbox.append(outlet, ...put(outbox, 'first'));
    const slab = outbox.writer.bytes;
    outbox.flush();
    outbox.append(outlet, ...put(outbox, 'second'));
    expect(outbox.writer.bytes).toBe(slab);
    outbox.flush();
    expect(outlet.texts).toEqual(['first', 'second']);
  });

  it('keeps the memory also when a write calls back into it', () => {
    const outbox = new Outbox(() => 0);
    const [slow, other] = [new RecordingOutlet(), new RecordingOutlet()];
    slow.answer = false;
    slow.onWrite = () => outbox.append(other, ...put(outbox, 'answer'));
    outbox.append(slow, ...put(outbox, 'referred to'));
    outbox.flush();
    outbox.flush();
    outbox.append(other, ...put(outbox, 'XXXXXXXXXXXXXXXXXXXXXXX'));
    outbox.flush();
    expect(other.texts[0]).toBe('answer');
    expect(Buffer.from(slow.written[0]!).toString()).toBe('referred to');
  });

  describe('when little is going on', () => {
    it('sends what one arrival led to as soon as it is dealt with, and what comes soon after at the end of its turn', async () => {
      let now = 1000;
      const outbox = new Outbox(() => now);
      const outlet = new RecordingOutlet();
      outbox.open(now);
      outbox.append(outlet, ...put(outbox, 'alone '));
      outbox.append(outlet, ...put(outbox, 'with its answer'));
      outbox.close();
      expect(outlet.texts).toEqual(['alone with its answer']);
      now += 0.01;
      for (const text of ['together ', 'with others']) {
        outbox.open(now);
        outbox.append(outlet, ...put(outbox, text));
        outbox.close();
      }
      expect(outlet.texts).toHaveLength(1);
      await turn();
      expect(outlet.texts).toEqual(['alone with its answer', 'together with others']);
      outbox.open(now + 0.01); // a busy broker is back from the network so soon
      outbox.append(outlet, ...put(outbox, 'busy'));
      outbox.close();
      expect(outlet.texts).toHaveLength(2);
      outbox.flush();
    });

    it('waits for the end of the turn when messages come in bursts for many', async () => {
      const outbox = new Outbox(() => 1000);
      const outlets = Array.from({ length: 5 }, () => new RecordingOutlet());
      for (const outlet of outlets) outbox.append(outlet, ...put(outbox, 'burst'));
      await turn();
      outbox.open(1001);
      outbox.append(outlets[0]!, ...put(outbox, 'more'));
      outbox.close();
      expect(outlets[0]!.texts).toEqual(['burst']);
      await turn();
      outbox.open(1002);
      outbox.append(outlets[0]!, ...put(outbox, 'less'));
      outbox.close();
      expect(outlets[0]!.texts).toEqual(['burst', 'more', 'less']);
    });

    it('never sends ahead of what waits for the end of the turn', async () => {
      const outbox = new Outbox(() => 1000);
      const outlet = new RecordingOutlet();
      outbox.append(outlet, ...put(outbox, 'by a timer, '));
      outbox.open(1000);
      outbox.append(outlet, ...put(outbox, 'then by a client'));
      outbox.close();
      expect(outlet.texts).toEqual([]);
      await turn();
      expect(outlet.texts).toEqual(['by a timer, then by a client']);
    });

    it('sends what a write called back, and what arrived within it, at the end of the turn', async () => {
      const outbox = new Outbox(() => 1000);
      const [first, second] = [new RecordingOutlet(), new RecordingOutlet()];
      first.onWrite = () => {
        outbox.open(1001);
        outbox.append(second, ...put(outbox, 'within'));
        outbox.close();
      };
      outbox.open(1000);
      outbox.append(first, ...put(outbox, 'first'));
      outbox.close();
      expect([first.texts, second.texts]).toEqual([['first'], []]);
      await turn();
      expect(second.texts).toEqual(['within']);
    });
  });

  it('flushes one outlet ahead of the others with bytes of its own', () => {
    const outbox = new Outbox(() => 0);
    const [leaving, staying] = [new RecordingOutlet(), new RecordingOutlet()];
    outbox.append(leaving, ...put(outbox, 'bye'));
    outbox.append(staying, ...put(outbox, 'later'));
    outbox.flushOutlet(leaving);
    outbox.flushOutlet(leaving);
    expect(leaving.texts).toEqual(['bye']);
    expect(staying.texts).toEqual([]);
    outbox.flush();
    outbox.append(staying, ...put(outbox, 'XXX'));
    outbox.flush();
    expect(Buffer.from(leaving.written[0]!).toString()).toBe('bye');
    expect(staying.texts).toEqual(['later', 'XXX']);
  });

  it('forgets what an outlet that is gone had waiting', () => {
    const outbox = new Outbox(() => 0);
    const outlet = new RecordingOutlet();
    outbox.append(outlet, ...put(outbox, 'never'));
    outbox.discard(outlet);
    outbox.flush();
    expect(outlet.texts).toEqual([]);
    outbox.append(outlet, ...put(outbox, 'again'));
    outbox.flush();
    expect(outlet.texts).toEqual(['again']);
  });

  it('flushes before the turn ends once a MiB waits', () => {
    const outbox = new Outbox(() => 0);
    const outlet = new RecordingOutlet();
    outbox.append(outlet, ...put(outbox, 'x'.repeat(1024 * 1024)));
    outbox.flushIfFull();
    expect(outlet.written).toEqual([]);
    outbox.append(outlet, ...put(outbox, 'x'));
    outbox.flushIfFull();
    expect(outlet.written[0]).toHaveLength(1024 * 1024 + 1);
  });
});

describe('SharedEncodings', () => {
  function form(parts: Partial<PublishForm> = {}): PublishForm {
    return Object.assign(new PublishForm(), parts);
  }

  it('has a place for each version on the wire, QoS, RETAIN and one subscription identifier', () => {
    const encodings = new SharedEncodings(new Outbox(() => 0));
    encodings.begin();
    const places = new Set<number>();
    for (const protocolVersion of [4, 5] as const) {
      for (const qos of [0, 1, 2] as const) {
        for (const retain of [false, true]) {
          for (const subscriptionIdentifiers of [undefined, [7]]) {
            places.add(encodings.place(form({ protocolVersion, qos, retain, subscriptionIdentifiers })));
          }
        }
      }
    }
    expect(places.size).toBe(24);
    expect(places.has(-1)).toBe(false);
    expect(encodings.place(form({ protocolVersion: 3 }))).toBe(encodings.place(form({ protocolVersion: 4 })));
  });

  it('shares nothing that has a Topic Alias or several subscription identifiers', () => {
    const encodings = new SharedEncodings(new Outbox(() => 0));
    encodings.begin();
    expect(encodings.place(form({ topicAlias: 1 }))).toBe(-1);
    expect(encodings.place(form({ subscriptionIdentifiers: [1, 2] }))).toBe(-1);
  });

  it('forgets with the next publication, the next flush, and another subscription identifier', () => {
    const outbox = new Outbox(() => 0);
    const encodings = new SharedEncodings(outbox);
    encodings.begin();
    const plain = encodings.place(form());
    encodings.set(plain, 3, 9, 77);
    expect([
      encodings.has(plain),
      encodings.start(plain),
      encodings.end(plain),
      encodings.packetIdentifier(plain),
    ]).toEqual([true, 3, 9, 77]);
    const one = encodings.place(form({ subscriptionIdentifiers: [1] }));
    encodings.set(one, 9, 12, 0);
    encodings.place(form({ subscriptionIdentifiers: [2] }));
    expect(encodings.has(one)).toBe(false);
    expect(encodings.has(plain)).toBe(true);
    outbox.append(new RecordingOutlet(), ...put(outbox, 'x'));
    outbox.flush();
    expect(encodings.has(encodings.place(form()))).toBe(false);
    encodings.set(plain, 1, 2, 0);
    encodings.begin();
    expect(encodings.has(plain)).toBe(false);
  });
});
