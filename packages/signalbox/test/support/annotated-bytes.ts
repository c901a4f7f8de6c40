// Bytes of a test written by hand with annotations. Knows nothing of the codec under test, so a mistake there cannot
// cancel itself out here.
//   82 000a   hex                      "MQTT"   the ASCII bytes
//   # …       remark up to the line's end   'MQTT'   the same behind a two-byte length
//   { … }     what is inside, behind its length as a Variable Byte Integer (a list of properties)

const TOKENS = /#[^\n]*|"[^"]*"|'[^']*'|\{|\}|[0-9a-f]{2}|\S/g;

export function bytes(annotated: string): Uint8Array {
  const open: number[][] = [[]];
  for (const [token] of annotated.matchAll(TOKENS)) {
    const target = open.at(-1)!;
    if (token.startsWith('#')) continue;
    if (token === '{') open.push([]);
    else if (token === '}') {
      open.pop();
      open.at(-1)!.push(...variableByteInteger(target.length), ...target);
    } else if (token.length > 1 && /^['"]/.test(token)) {
      const text = [...token.slice(1, -1)].map((character) => character.charCodeAt(0));
      if (token.startsWith("'")) target.push(text.length >> 8, text.length & 0xff);
      target.push(...text);
    } else if (/^[0-9a-f]{2}$/.test(token)) target.push(Number.parseInt(token, 16));
    else throw new Error(`not annotated hex: ${token} in ${annotated}`);
  }
  if (open.length !== 1) throw new Error(`unbalanced braces in ${annotated}`);
  return Uint8Array.from(open[0]!);
}

/** A whole packet: its first byte, the Remaining Length (computed), and the rest. */
export function packet(firstByte: string, rest = ''): Uint8Array {
  return bytes(`${firstByte} { ${rest}\n}`);
}

export function variableByteInteger(value: number): number[] {
  const out: number[] = [];
  do {
    const low = value % 128;
    value = (value - low) / 128;
    out.push(value > 0 ? low + 128 : low);
  } while (value > 0);
  return out;
}

export function hex(from: Uint8Array): string {
  return Array.from(from, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
