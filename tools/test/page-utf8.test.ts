// The UTF-8 of pages is that of bytes/utf8.ts: the same verdicts, lengths, texts and bytes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as pure from '../../packages/signalbox/src/bytes/utf8.ts';
import * as page from '../page-build/utf8.mjs';

const text = fc.string({
  unit: fc.constantFrom('a', '/', '\0', 'ä', '€', '😀', '\ud800', '\udc00', '\ufeff'),
  maxLength: 80,
});
const bytes = fc
  .uint8Array({ maxLength: 12 })
  .map((some) => some.map((byte) => (byte > 0x60 ? byte : byte & 1 ? 0x61 : byte)));

describe('UTF-8 in pages', () => {
  it('measures and writes as the pure one', () => {
    fc.assert(
      fc.property(text, (some) => {
        const length = pure.utf8Length(some);
        expect(page.utf8Length(some)).toBe(length);
        if (length < 0 && length !== pure.Utf8.HasNull) return;
        const [a, b] = [new Uint8Array(400), new Uint8Array(400)];
        expect(page.writeUtf8(a, 3, some)).toBe(pure.writeUtf8(b, 3, some));
        expect(a).toEqual(b);
      }),
    );
  });

  it('judges and reads as the pure one', () => {
    fc.assert(
      fc.property(bytes, (some) => {
        const verdict = pure.checkUtf8(some, 1, some.length);
        expect(page.checkUtf8(some, 1, some.length)).toBe(verdict === pure.Utf8.Multibyte ? pure.Utf8.Ascii : verdict);
        if (verdict >= 0) expect(page.readUtf8(some, 1, some.length)).toBe(pure.readUtf8(some, 1, some.length));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['', 'a', 'ä', '\ufeffa', 'x'.repeat(63), 'x'.repeat(64), `${'x'.repeat(63)}😀`, '😀'.repeat(40)])(
    '%o',
    (some) => {
      const target = new Uint8Array(400);
      const end = page.writeUtf8(target, 0, some);
      expect(end).toBe(pure.utf8Length(some));
      expect(page.readUtf8(target, 0, end)).toBe(some);
    },
  );
});
