// The order of what stands at the top of a bundle. Compression finds what repeats within 32 KB, so that what looks alike is to
// stand together: arrange.ts looks for a good order and keeps it in arrangement.json; here it is applied, without changing
// what is evaluated before what.

import { childrenOf, isNode, type Node, parsed } from './texts.ts';

export interface Statement {
  /** What it declares; empty for what declares nothing, which stays where it is. */
  readonly name: string;
  readonly text: string;
  /** Where it begins in the code, and what its text has before that. */
  readonly from: number;
  readonly skipped: number;
  /** It is evaluated where it stands: it is neither a function nor a class nor a mere value. */
  readonly isEager: boolean;
  /** Names it reads then, and what it may call reads. */
  readonly needs: readonly string[];
  /** Names that occur in it at all. */
  readonly mentions: ReadonlySet<string>;
}

/** The statements at the top of a module; `var` with several names is one each. */
export function statementsOf(code: string): Statement[] {
  const bodies = new Map<string, ReadonlySet<string>>();
  const nodes: { readonly name: string; readonly node: Node; readonly text: string; readonly value: unknown }[] = [];
  for (const node of parsed(code)['body'] as Node[]) {
    const text = code.slice(node.start, node.end);
    if (node.type === 'FunctionDeclaration') nodes.push({ name: idOf(node), node, text, value: undefined });
    else if (node.type !== 'VariableDeclaration') nodes.push({ name: '', node, text, value: undefined });
    else
      for (const one of node['declarations'] as Node[])
        nodes.push({ name: idOf(one), node: one, text: `var ${code.slice(one.start, one.end)};`, value: one['init'] });
  }
  for (const { name, node } of nodes) bodies.set(name, identifiersIn(node));
  return nodes.map(({ name, node, text, value }) => {
    const read = readAtOnce(value);
    const isEager = read.size > 0 && !isClassOf(value, read);
    return {
      name,
      text,
      from: node.start,
      skipped: text.startsWith('var ') && node.type === 'VariableDeclarator' ? 'var '.length : 0,
      isEager,
      needs: isEager ? reachedFrom(read, bodies) : [...read],
      mentions: identifiersIn(node),
    };
  });
}

function idOf(node: Node): string {
  return String((node['id'] as Node)['name']);
}

function identifiersIn(node: Node): Set<string> {
  const found = new Set<string>();
  const visit = (one: Node): void => {
    if (one.type === 'Identifier') found.add(String(one['name']));
    childrenOf(one).forEach(visit);
  };
  visit(node);
  return found;
}

/** What an initial value reads. Functions and the methods of classes read nothing before they are called. */
function readAtOnce(value: unknown): Set<string> {
  if (!isNode(value) || /Function/.test(value.type)) return new Set();
  if (value.type !== 'ClassExpression') return identifiersIn(value);
  const members = (value['body'] as Node)['body'] as Node[];
  const evaluated = members.flatMap((member) => {
    const key = member['computed'] === true ? [member['key'] as Node] : [];
    return member['static'] === true && member.type !== 'MethodDefinition' ? [...key, member] : key;
  });
  if (isNode(value['superClass'])) evaluated.push(value['superClass']);
  return new Set(evaluated.flatMap((node) => [...identifiersIn(node)]));
}

/** A class that reads nothing but the class it extends. */
function isClassOf(value: unknown, read: ReadonlySet<string>): boolean {
  if (!isNode(value) || value.type !== 'ClassExpression' || !isNode(value['superClass'])) return false;
  return read.size === 1 && read.has(String(value['superClass']['name']));
}

/** The same with all that they may call, and so on. */
function reachedFrom(names: ReadonlySet<string>, bodies: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const reached = new Set<string>();
  const visit = (name: string): void => {
    const body = bodies.get(name);
    if (body === undefined || reached.has(name)) return;
    reached.add(name);
    body.forEach(visit);
  };
  names.forEach(visit);
  return [...reached];
}

/**
 * The statements in the order of `names`; one that is not named there stays behind the one it was behind. What is evaluated at
 * once keeps its own order, and has before it what it needs.
 */
export function arranged(statements: readonly Statement[], names: readonly string[]): Statement[] {
  const rank = new Map(names.map((name, index) => [name, index]));
  let last = -1;
  const ranked = statements.map((statement) => {
    last = rank.get(statement.name) ?? last;
    return { statement, at: last };
  });
  const byName = new Map(statements.filter(({ name }) => name !== '').map((statement) => [statement.name, statement]));
  const eager = statements.filter(({ isEager }) => isEager);
  const done = new Set<Statement>();
  const order: Statement[] = [];
  const emit = (statement: Statement): void => {
    if (done.has(statement)) return;
    done.add(statement);
    if (statement.isEager) eager.slice(0, eager.indexOf(statement)).forEach(emit);
    for (const need of statement.needs) {
      const needed = byName.get(need);
      if (needed !== undefined && !needed.isEager && needed.text.startsWith('var ')) emit(needed);
    }
    order.push(statement);
  };
  const isImport = ({ text }: Statement): boolean => text.startsWith('import');
  const isLast = ({ name, text }: Statement): boolean => name === '' && !text.startsWith('import');
  statements.filter(isImport).forEach(emit);
  const movable = ranked.filter(({ statement }) => statement.name !== '');
  for (const { statement } of movable.sort((a, b) => a.at - b.at)) emit(statement);
  statements.filter(isLast).forEach(emit);
  return order;
}
