// What is always the same in a bundle for pages, because there the core has one owner, the client. It becomes a constant, so that
// what hangs on it is left out. build.ts fails when a text is not found, and a test when the client uses one of the options.

import { childrenOf, type Edit, edited, type Node, parsed } from './texts.ts';

/** Options of a connection which the client never gives: ClientMachine makes the only one. */
export const UNUSED_OPTIONS = [
  ...['explainsErrors', 'automaticAcknowledge', 'offlinePublish', 'readLimits', 'publishToStore'],
  ...['maximumConnectSize', 'packetIdentifierSize', 'pingIntervalMs', 'pingResponseTimeoutMs', 'pingRequestTimeoutMs'],
];

/** Members that have one value wherever they are read. */
const MEMBERS: ReadonlyMap<string, string> = new Map([
  ['packetIdentifierSize', '2'],
  ['side', "'client'"],
  ['ownsWriter', 'false'],
  ['everyPacket', 'false'],
]);

/** Texts of one module and what they are there: the client gives a sink that has every method, and no half but its own. */
const TEXTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'mqtt/connection-surface.js': {
    'sink === undefined': 'false',
    'target === undefined': 'false',
    'sink ?? core.sink': 'sink',
  },
  'mqtt/connection-incoming.js': {
    'const { readLimits } = core.options;': 'const readLimits = undefined;',
    'core.names ?? core.requireNames()': 'core.names',
    'sink.publish !== undefined': 'true',
    'sink.released !== undefined': 'true',
  },
  'mqtt/connection-settlement.js': { 'sink.settled !== undefined': 'true' },
  'mqtt/connection-outgoing.js': {
    'const { publishToStore } = core.options;': 'const publishToStore = undefined;',
  },
};

/** The module, its path below dist, with constants in place of all these. */
export function withFixed(path: string, code: string): string {
  let text = code;
  for (const [from, to] of Object.entries(TEXTS[path] ?? {})) {
    if (!text.includes(from)) throw new Error(`tools/page-build/fixed.ts: ${path} has no “${from}” any more`);
    text = text.replaceAll(from, to);
  }
  if (!path.startsWith('mqtt/')) return text;
  const edits: Edit[] = [];
  const visit = (node: Node): void => {
    const written = node.type === 'AssignmentExpression' ? (node['left'] as Node) : undefined;
    const value = node.type === 'MemberExpression' ? valueOfMember(text, node) : undefined;
    if (value !== undefined) edits.push({ start: node.start, end: node.end, text: value });
    else for (const child of childrenOf(node)) if (child !== written) visit(child);
  };
  visit(parsed(text));
  return edited(text, edits);
}

function valueOfMember(code: string, node: Node): string | undefined {
  const { object, property, computed } = node as unknown as { object: Node; property: Node; computed: boolean };
  if (computed || property.type !== 'Identifier') return undefined;
  const name = String(property['name']);
  const isOption = /(?:^|\.)(?:options|times)$/.test(code.slice(object.start, object.end));
  if (isOption && UNUSED_OPTIONS.includes(name)) return 'undefined';
  return MEMBERS.get(name);
}
