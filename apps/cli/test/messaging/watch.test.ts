// The list of --watch: what is in it, and that it fits on the screen.
import { Writable } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Output } from '../../src/messaging/output.ts';
import { WatchList } from '../../src/messaging/watch.ts';
import { WatchScreen } from '../../src/messaging/watch-screen.ts';
import { message } from './messages.ts';

const SCREEN = { columns: 80, rows: 24 };

describe('the list of --watch', () => {
  it('has a line for each topic, by name, with the latest value, the count and the age', () => {
    const list = new WatchList();
    expect(list.add(message('b', 'one'), 0)).toBe(1);
    list.add(message('a', 'x'), 1_000);
    expect(list.add(message('b', 'two'), 60_000)).toBe(2);
    expect(list.draw(65_000, SCREEN).map((line) => line.split(/\s+/))).toEqual([
      ['TOPIC', 'COUNT', 'AGE', 'LATEST'],
      ['a', '1', '1m', 'x'],
      ['b', '2', '5s', 'two'],
    ]);
    expect(list.messages).toBe(3);
  });

  it('shows what would harm a terminal, and cuts what does not fit', () => {
    const list = new WatchList();
    list.add(message('a\u001b', 'one\ntwo'), 0);
    list.add(message('b', new Uint8Array([255])), 0);
    list.add(message('c'.repeat(200), 'x'.repeat(5_000)), 0);
    const lines = list.draw(0, SCREEN);
    expect(lines[1]).toMatch(/^a\\u\{1b\} .* one\\u\{a\}two$/);
    expect(lines[2]).toContain('(1 bytes)');
    expect(lines[3]).toMatch(/^c{39}… .*x…$/);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('shows the latest ones when there are too many, and counts the rest', () => {
    const list = new WatchList();
    for (let i = 0; i < 10; i++) list.add(message(`t${i}`, 'x'), i);
    const lines = list.draw(10, { columns: 80, rows: 5 });
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['TOPIC', 't7', 't8', 't9', '…']);
    expect(lines.at(-1)).toBe('… 7 topics do not fit');
    expect(lines.length).toBeLessThanOrEqual(5);
  });

  it('has a limit of topics', () => {
    const list = new WatchList();
    for (let i = 0; i < 10_003; i++) list.add(message(`t${i}`, 'x'), i);
    expect(list.add(message('t1', 'y'), 20_000)).toBe(2);
    expect(list.add(message('another', 'y'), 20_000)).toBeUndefined();
    expect(list.draw(20_000, SCREEN).at(-1)).toContain('4 messages to topics beyond the first 10000');
  });
});

describe('the screen of --watch', () => {
  it('draws over what it drew before, clears what is left, and draws once more at its end', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    let text = '';
    const terminal = new Writable({
      write: (chunk: Buffer, _, done) => {
        text += chunk.toString();
        done();
      },
    });
    const output = new Output(terminal, 'x');
    const drawn = (): string => {
      output.flush();
      const now = text;
      text = '';
      return now;
    };
    let lines = ['a', 'b'];
    const screen = new WatchScreen(output, () => lines);
    vi.advanceTimersByTime(100);
    expect(drawn()).toBe('a\u001b[K\nb\u001b[K\n\u001b[J');
    vi.advanceTimersByTime(500);
    expect(drawn()).toBe(''); // nothing has changed
    lines = ['c'];
    screen.changed();
    vi.advanceTimersByTime(100);
    expect(drawn()).toBe('\r\u001b[2Ac\u001b[K\n\u001b[J');
    vi.advanceTimersByTime(1_000);
    expect(drawn()).toBe('\r\u001b[1Ac\u001b[K\n\u001b[J'); // it has grown older
    screen.end();
    screen.end();
    vi.advanceTimersByTime(5_000);
    expect(drawn()).toBe('\r\u001b[1Ac\u001b[K\n\u001b[J');
  });
});
