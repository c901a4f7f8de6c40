// Methods and accessors nobody calls: a program can see what is published, everything else is called by our own code or not at
// all. Bundlers cannot know that; here it is known.

import { childrenOf, type Edit, edited, type Node, parsed } from './texts.ts';

interface Definition {
  readonly name: string;
  readonly node: Node;
}

/** Names that are read as members, taken out of objects, or written as strings. */
function usedNames(tree: Node): Set<string> {
  const used = new Set<string>();
  const visit = (node: Node): void => {
    if (node.type === 'MemberExpression') used.add(nameOf(node['property'] as Node));
    if (node.type === 'ObjectPattern')
      for (const property of node['properties'] as Node[])
        if (property['key']) used.add(nameOf(property['key'] as Node));
    if (node.type === 'Literal' && typeof node['value'] === 'string') used.add(node['value']);
    childrenOf(node).forEach(visit);
  };
  visit(tree);
  return used;
}

function nameOf(node: Node): string {
  return node.type === 'PrivateIdentifier' ? `#${String(node['name'])}` : String(node['name'] ?? '');
}

/** Methods and accessors of classes, but constructors and those with computed names. */
function definitionsIn(tree: Node): Definition[] {
  const found: Definition[] = [];
  const visit = (node: Node): void => {
    if (node.type === 'MethodDefinition' && node['computed'] !== true && node['kind'] !== 'constructor')
      found.push({ name: nameOf(node['key'] as Node), node });
    childrenOf(node).forEach(visit);
  };
  visit(tree);
  return found;
}

/** The modules without them; `reserved` are names that somebody else may use. What only they called goes, too. */
export function withoutUnused(
  modules: ReadonlyMap<string, string>,
  reserved: ReadonlySet<string>,
): Map<string, string> {
  let codes = new Map(modules);
  for (;;) {
    const trees = new Map([...codes].map(([path, code]) => [path, parsed(code)]));
    const used = new Set([...trees.values()].flatMap((tree) => [...usedNames(tree)]));
    let removed = 0;
    codes = new Map(
      [...codes].map(([path, code]) => {
        const unused = definitionsIn(trees.get(path)!).filter(({ name }) => !used.has(name) && !reserved.has(name));
        removed += unused.length;
        const edits: Edit[] = unused.map(({ node: { start, end } }) => ({ start, end, text: '' }));
        return [path, edited(code, edits)];
      }),
    );
    if (removed === 0) return codes;
  }
}
