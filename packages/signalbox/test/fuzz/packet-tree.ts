// A packet as a tree of its fields, parsed from annotated hex, so that a field can be changed while all the lengths around
// it stay right: most of the interesting inputs have correct lengths. The notation is that of support/annotated-bytes.ts.

import { variableByteInteger } from '../support/annotated-bytes.ts';

/** `group`: fields behind their length as a Variable Byte Integer; `string`: bytes behind their length in two bytes. */
export type Field =
  | { readonly kind: 'raw'; readonly bytes: readonly number[] }
  | { readonly kind: 'string'; readonly bytes: readonly number[] }
  | { readonly kind: 'group'; readonly fields: Field[] };

const TOKENS = /#[^\n]*|"[^"]*"|'[^']*'|\{|\}|(?:[0-9a-f]{2})+|\S/g;

export function parseFields(annotated: string): Field[] {
  const open: Field[][] = [[]];
  for (const [token] of annotated.matchAll(TOKENS)) {
    if (token.startsWith('#')) continue;
    if (token === '{') open.push([]);
    else if (token === '}') {
      const fields = open.pop()!;
      open.at(-1)!.push({ kind: 'group', fields });
    } else if (token.startsWith("'")) open.at(-1)!.push({ kind: 'string', bytes: textBytes(token) });
    else if (token.startsWith('"')) open.at(-1)!.push({ kind: 'raw', bytes: textBytes(token) });
    else open.at(-1)!.push({ kind: 'raw', bytes: [...Buffer.from(token, 'hex')] });
  }
  return open[0]!;
}

function textBytes(quoted: string): number[] {
  return [...Buffer.from(quoted.slice(1, -1), 'latin1')];
}

export function encodeFields(fields: readonly Field[]): number[] {
  return fields.flatMap((field) => {
    switch (field.kind) {
      case 'raw':
        return field.bytes;
      case 'string':
        return [(field.bytes.length >> 8) & 0xff, field.bytes.length & 0xff, ...field.bytes];
      default: {
        const inside = encodeFields(field.fields);
        return [...variableByteInteger(inside.length), ...inside];
      }
    }
  });
}

/** Every list of fields in the tree, the outermost first. */
export function listsOf(fields: Field[]): Field[][] {
  return [fields, ...fields.flatMap((field) => (field.kind === 'group' ? listsOf(field.fields) : []))];
}
