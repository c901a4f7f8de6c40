// Members of constant tables become their values in a bundle for pages, so that the tables, with their names, are left out.

import { childrenOf, type Edit, edited, type Node, parsed } from './texts.ts';

/** Tables by the names modules import them under. */
export type Tables = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The module with `Table.member` as a number, but where it declares the table. */
export function withValues(code: string, tables: Tables): string {
  const edits: Edit[] = [];
  const visit = (node: Node): void => {
    const value = node.type === 'MemberExpression' ? valueAt(node, tables) : undefined;
    if (value === undefined) childrenOf(node).forEach(visit);
    else edits.push({ start: node.start, end: node.end, text: String(value) });
  };
  visit(parsed(code));
  const text = edited(code, edits).replace(/\bpacketTypeBit\((\d+)\)/g, (_, bit: string) => String(1 << Number(bit)));
  return withoutUnusedImports(text);
}

/** Bundlers would put what is imported here and elsewhere into a file of its own, used or not. */
function withoutUnusedImports(code: string): string {
  return code.replace(/^import \{([^}]*)\} from '[^']+';\n/gm, (statement, names: string) => {
    const isUsed = names.split(',').some((name) => {
      const own =
        name
          .trim()
          .split(/\s+as\s+/)
          .at(-1) ?? '';
      return own !== '' && (code.match(new RegExp(`\\b${own}\\b`, 'g'))?.length ?? 0) > 1;
    });
    return isUsed ? statement : '';
  });
}

function valueAt(node: Node, tables: Tables): number | undefined {
  const { object, property, computed } = node as unknown as { object: Node; property: Node; computed: boolean };
  if (computed || object.type !== 'Identifier') return undefined;
  return tables[String(object['name'])]?.[String(property['name'])];
}
