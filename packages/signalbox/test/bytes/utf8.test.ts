import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkUtf8, readUtf8, Utf8, utf8Length, writeUtf8 } from '../../src/bytes/utf8.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What the platform's strict decoder says, in our verdicts. */
function verdictOfPlatform(bytes: Uint8Array): Utf8 {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return Utf8.Malformed;
  }
  if (text.includes('\0')) return Utf8.HasNull;
  return text.length === bytes.length ? Utf8.Ascii : Utf8.Multibyte;
}

/** Called a hundred thousand times: an assertion is only made of what differs. */
function expectLikePlatform(bytes: Uint8Array): void {
  const verdict = checkUtf8(bytes, 0, bytes.length);
  const expected = verdictOfPlatform(bytes);
  if (verdict !== expected) expect([...bytes, verdict]).toEqual([...bytes, expected]);
  if (verdict === Utf8.Malformed) return;
  const text = readUtf8(bytes, 0, bytes.length);
  if (text !== decoder.decode(bytes)) expect(text).toBe(decoder.decode(bytes));
}

/** Every boundary of table 3-7 of Unicode, below, on and above. */
const LEADS = [
  0x00, 0x01, 0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3,
  0xf4, 0xf5, 0xf7, 0xf8, 0xfc, 0xfe, 0xff,
];
const FOLLOWERS = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];

describe('checkUtf8 and readUtf8', () => {
  it('[MQTT-1.5.4-1] [MQTT-1.5.3-1@3.1.1] judge all sequences of up to two bytes like a strict decoder', () => {
    for (let first = 0; first < 256; first++) {
      expectLikePlatform(Uint8Array.of(first));
      for (let second = 0; second < 256; second += first < 0xc0 ? 17 : 1)
        expectLikePlatform(Uint8Array.of(first, second));
    }
  });

  it('[MQTT-1.5.4-1] [MQTT-1.5.3-1@3.1.1] judge every boundary of three and four bytes like a strict decoder', () => {
    for (const lead of LEADS) {
      for (const second of FOLLOWERS) {
        for (const third of FOLLOWERS) {
          expectLikePlatform(Uint8Array.of(lead, second, third));
          for (const fourth of FOLLOWERS) expectLikePlatform(Uint8Array.of(lead, second, third, fourth));
        }
      }
    }
  });

  it('[MQTT-1.5.4-1] [MQTT-1.5.3-1@3.1.1] refuse every surrogate', () => {
    for (let point = 0xd800; point <= 0xdfff; point++) {
      const bytes = Uint8Array.of(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
      expect(checkUtf8(bytes, 0, 3)).toBe(Utf8.Malformed);
    }
  });

  it('[MQTT-1.5.4-1] refuse overlong forms of U+0000, / and U+FFFF', () => {
    const forms = [
      [0xc0, 0x80],
      [0xc0, 0xaf],
      [0xc1, 0xbf],
      [0xe0, 0x80, 0x80],
      [0xe0, 0x9f, 0xbf],
      [0xf0, 0x80, 0x80, 0x80],
      [0xf0, 0x8f, 0xbf, 0xbf],
      [0xf4, 0x90, 0x80, 0x80],
    ];
    for (const form of forms) expect(checkUtf8(Uint8Array.from(form), 0, form.length)).toBe(Utf8.Malformed);
  });

  it('[MQTT-1.5.4-2] [MQTT-1.5.3-2@3.1.1] tell U+0000 apart, and malformed bytes behind it are the worse news', () => {
    expect(checkUtf8(Uint8Array.of(0x61, 0, 0x62), 0, 3)).toBe(Utf8.HasNull);
    expect(checkUtf8(Uint8Array.of(0xc3, 0xa4, 0), 0, 3)).toBe(Utf8.HasNull);
    expect(checkUtf8(Uint8Array.of(0, 0xc3, 0xa4), 0, 3)).toBe(Utf8.HasNull);
    expect(checkUtf8(Uint8Array.of(0, 0xff), 0, 2)).toBe(Utf8.Malformed);
  });

  it('[MQTT-1.5.4-3] [MQTT-1.5.3-3@3.1.1] keep U+FEFF wherever it is', () => {
    const bytes = Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0xef, 0xbb, 0xbf);
    expect(checkUtf8(bytes, 0, 7)).toBe(Utf8.Multibyte);
    expect(readUtf8(bytes, 0, 7)).toBe('\ufeffa\ufeff');
  });

  it('judge nothing outside of the range', () => {
    const bytes = Uint8Array.of(0xff, 0x61, 0x62, 0xc3, 0xa4);
    expect(checkUtf8(bytes, 1, 3)).toBe(Utf8.Ascii);
    expect(readUtf8(bytes, 1, 3)).toBe('ab');
    expect(checkUtf8(bytes, 1, 4)).toBe(Utf8.Malformed);
    expect(checkUtf8(bytes, 2, 2)).toBe(Utf8.Ascii);
    expect(readUtf8(bytes, 2, 2)).toBe('');
  });

  it('agree with a strict decoder on any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), expectLikePlatform), { numRuns: 2000 });
  });

  it('agree with a strict decoder on any text, whole and with one byte changed', () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(anyText, fc.nat(), fc.nat(255), (text, position, byte) => {
        const bytes = encoder.encode(text);
        expectLikePlatform(bytes);
        if (bytes.length > 0) bytes[position % bytes.length] = byte;
        expectLikePlatform(bytes);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('utf8Length and writeUtf8', () => {
  it('agree with TextEncoder on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const expected = encoder.encode(text);
        expect(utf8Length(text)).toBe(text.includes('\0') ? Utf8.HasNull : expected.length);
        const target = new Uint8Array(expected.length + 2).fill(0xaa);
        expect(writeUtf8(target, 1, text)).toBe(1 + expected.length);
        expect(target).toEqual(Uint8Array.of(0xaa, ...expected, 0xaa));
      }),
      { numRuns: 2000 },
    );
  });

  it('agree with TextEncoder on every code point', () => {
    const target = new Uint8Array(4);
    for (let point = 1; point <= 0x10ffff; point += point < 0x3000 ? 1 : 251) {
      if (point >= 0xd800 && point <= 0xdfff) continue;
      const text = String.fromCodePoint(point);
      const size = writeUtf8(target, 0, text);
      const isSame = Buffer.compare(target.subarray(0, size), encoder.encode(text)) === 0;
      if (!isSame || utf8Length(text) !== size || readUtf8(target, 0, size) !== text)
        expect.fail(`U+${point.toString(16)}`);
    }
  });

  it('[MQTT-1.5.4-1] [MQTT-1.5.3-1@3.1.1] refuse lone surrogates of every kind', () => {
    for (const text of [
      '\ud800',
      '\udbff',
      '\udc00',
      '\udfff',
      'a\ud83d',
      '\ude00b',
      '\ud83d\ud83d\ude00',
      '\ude00\ud83d',
      '\ud83da',
    ]) {
      expect(utf8Length(text)).toBe(Utf8.Malformed);
    }
    expect(utf8Length('\0\ud800')).toBe(Utf8.Malformed);
  });

  it('[MQTT-1.5.4-2] tell U+0000 apart', () => {
    expect(utf8Length('a\0b')).toBe(Utf8.HasNull);
  });

  it('[MQTT-1.5.4-1] [MQTT-1.5.3-1@3.1.1] find lone surrogates among any code units', () => {
    const units = fc.array(fc.oneof(fc.integer({ min: 0xd700, max: 0xe0ff }), fc.integer({ min: 1, max: 0xffff })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(units, (codes) => {
        const text = String.fromCharCode(...codes);
        const isWellFormed = decoder.decode(encoder.encode(text)) === text; // TextEncoder replaces lone surrogates
        expect(utf8Length(text)).toBe(isWellFormed ? encoder.encode(text).length : Utf8.Malformed);
      }),
    );
  });
});
