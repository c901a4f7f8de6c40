// DER for certificates of tests.

export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const header = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >>> 8, length & 0xff];
  return Buffer.concat([Uint8Array.of(tag, ...header), content]);
}

export function sequence(...contents: readonly Uint8Array[]): Buffer {
  return der(0x30, ...contents);
}

export function oid(text: string): Buffer {
  const [root = 0, first = 0, ...rest] = text.split('.').map(Number);
  const bytes = [root * 40 + first, ...rest].flatMap((number) => {
    const groups = [number & 0x7f];
    for (let left = number >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Uint8Array.from(bytes));
}

export function integer(value: number): Buffer {
  return der(0x02, Uint8Array.of(value));
}

export function bitString(bytes: Uint8Array): Buffer {
  return der(0x03, Uint8Array.of(0), bytes);
}

export function text(value: string): Buffer {
  return der(0x0c, Buffer.from(value));
}

/** GeneralizedTime in whole seconds. */
export function time(date: Date): Buffer {
  return der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));
}

export const TRUE = der(0x01, Uint8Array.of(0xff));
