// Texts of errors become numbers in a bundle for pages: `#12(topicName)` says what text 12 says with `topicName` in it. Finds
// them in a module, and gathers them in a table. What is a text: words, anywhere but where code reads them. The id of a statement
// behind a text becomes part of it.

import { parseAst } from 'rollup/parseAst';

/** A node of the tree of a program, as ESTree has it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** Bytes that are words by chance: names of the platform, keys of a protocol, codes in hexadecimal. */
const NO_TEXT = /^\[object |^(?:Client|Server) Key$|^[0-9A-F]{2}(?:[ -][0-9A-F]{2})+$/;
const STATEMENT = /^MQTT-[\d.]+-\d+(?:@3\.1\.1)?$/;
const WORDS = /[A-Za-z0-9'’#+:] [A-Za-z]|[a-z] [+#]/;

export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** The nodes directly below one. */
export function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flatMap((value: unknown) => value)
    .filter(isNode);
}

export function parsed(code: string): Node {
  return parseAst(code) as unknown as Node;
}

/** Edits do not overlap; they may come in any order. */
export function edited(code: string, edits: readonly Edit[]): string {
  let text = code;
  for (const { start, end, text: by } of [...edits].sort((a, b) => b.start - a.start))
    text = text.slice(0, start) + by + text.slice(end);
  return text;
}

/** The id of a statement that is the last argument of a call. */
function statementBehind(node: Node): string | undefined {
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return undefined;
  const value = (node['arguments'] as Node[]).at(-1)?.['value'];
  return typeof value === 'string' && STATEMENT.test(value) ? value : undefined;
}

export class TextTable {
  /** Where a value is put, there is `{0}`, `{1}` and so on. */
  readonly texts: string[] = [];

  #numberOf(text: string): number {
    const at = this.texts.indexOf(text);
    return at < 0 ? this.texts.push(text) - 1 : at;
  }

  /** The module with numbers in place of its texts. */
  shorten(code: string): string {
    const edits: Edit[] = [];
    const visit = (node: Node): void => {
      const statement = statementBehind(node);
      const last = statement === undefined ? [] : (node['arguments'] as Node[]).slice(-2);
      const [text, id] = last;
      const short = text && id && this.#shortened(code, text, ` [${statement}]`);
      if (short !== undefined) {
        edits.push({ start: text!.start, end: id!.end, text: short });
        for (const argument of (node['arguments'] as Node[]).slice(0, -2)) visit(argument);
        return;
      }
      const by = this.#shortened(code, node);
      if (by === undefined) childrenOf(node).forEach(visit);
      else edits.push({ start: node.start, end: node.end, text: by });
    };
    visit(parsed(code));
    return edited(code, edits);
  }

  #shortened(code: string, node: Node, suffix = ''): string | undefined {
    if (node.type === 'Literal' && typeof node['value'] === 'string') {
      const text = node['value'];
      return WORDS.test(text) && !NO_TEXT.test(text) ? `'#${this.#numberOf(text + suffix)}'` : undefined;
    }
    if (node.type !== 'TemplateLiteral') return undefined;
    const parts = (node['quasis'] as Node[]).map((quasi) => (quasi['value'] as { cooked: string }).cooked);
    if (!WORDS.test(parts.join('0'))) return undefined;
    const text = parts.map((part, index) => (index === 0 ? part : `{${index - 1}}${part}`)).join('');
    const number = this.#numberOf(text + suffix);
    const values = (node['expressions'] as Node[]).map(
      (value) => `(\${${this.shorten(code.slice(value.start, value.end)).replace(/;$/, '')}})`,
    );
    return `\`#${number}${values.join('')}\``;
  }
}
