/**
 * The kinds of values an option can have: what a file may say (JSON Schema), what a flag or a variable may say (text), and
 * what the program gets. A table of options names one of these in each row; it must not know the options.
 */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface ValueType<T> {
  /** What YAML may say, as JSON Schema (draft-07). */
  readonly schema: Readonly<Record<string, unknown>>;
  /** What the schema allows, in words that follow “must be”. */
  readonly allowed: string;
  /** What --help shows for the value: `FILE`, `S`; undefined for a switch, whose flag has no value. */
  readonly placeholder: string | undefined;
  /** What a flag or a variable says, as YAML would have it; a text that fits nothing is given back for the schema to refuse. */
  readonly fromText: (text: string) => Json;
  /** From what the schema has passed to what the program uses. */
  readonly read: (json: Json) => T;
  /** A flag may be given several times. */
  readonly isList?: true;
  /** Shown as `***` wherever settings are shown. */
  readonly isSecret?: true;
}

export function text(placeholder: string): ValueType<string> {
  const schema = { type: 'string', minLength: 1 };
  return { schema, allowed: 'a text that is not empty', placeholder, fromText: (said) => said, read: String };
}

/** A path. What is in the file is read by whoever uses it, again at each reload. */
export function file(placeholder = 'FILE'): ValueType<string> {
  return text(placeholder);
}

/** Not for flags, which everybody on the machine can read. */
export function secret(): ValueType<string> {
  return { ...text('SECRET'), isSecret: true };
}

export function choice<const T extends string>(...words: readonly T[]): ValueType<T> {
  const allowed = words.length === 1 ? `${words[0]}` : `one of ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  return { schema: { enum: words }, allowed, placeholder: 'WHAT', fromText: (said) => said, read: (json) => json as T };
}

export function integer(placeholder: string, range: { least?: number; most?: number } = {}): ValueType<number> {
  const { least = 0, most = Number.MAX_SAFE_INTEGER } = range;
  return {
    schema: { type: 'integer', minimum: least, maximum: most },
    allowed: `a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}`,
    placeholder,
    fromText: (said) => (/^-?\d{1,17}$/.test(said) ? Number(said) : said),
    read: Number,
  };
}

/** On or off; its flag has no value, and `--no-…` says off. */
export function onOff(): ValueType<boolean> {
  return {
    schema: { type: 'boolean' },
    allowed: 'true or false',
    placeholder: undefined,
    fromText: (said) => WORDS_FOR_BOOLEAN[said.toLowerCase()] ?? said,
    read: (json) => json === true,
  };
}

const WORDS_FOR_BOOLEAN: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
};

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `10s`, `5m`, `1h`, `1d`, or a number of seconds; the program gets milliseconds. */
export function duration(): ValueType<number> {
  return {
    schema: {
      anyOf: [
        { type: 'integer', minimum: 0, maximum: 1_000_000_000 },
        { type: 'string', pattern: '^\\d{1,9}(ms|s|m|h|d)$' },
      ],
    },
    allowed: 'seconds as a whole number, or a time such as 500ms, 10s, 5m, 1h, 1d',
    placeholder: 'TIME',
    fromText: (said) => (/^\d{1,9}$/.test(said) ? Number(said) : said),
    read: (json) => {
      if (typeof json === 'number') return json * 1000;
      const [, number = '0', unit = 's'] = /^(\d+)([a-z]+)$/.exec(String(json)) ?? [];
      return Number(number) * UNIT_MS[unit]!;
    },
  };
}

/** Several values; a flag is given once for each, a variable has commas between them. */
export function list<T>(of: ValueType<T>): ValueType<readonly T[]> {
  return {
    schema: { type: 'array', items: of.schema, maxItems: 1000 },
    allowed: `a list, each ${of.allowed}`,
    placeholder: of.placeholder,
    fromText: (said) => said.split(',').map((each) => of.fromText(each.trim())),
    read: (json) => (json as readonly Json[]).map(of.read),
    isList: true,
  };
}

/**
 * Anything with a schema of its own, for what a line of text cannot say: lists of objects, nested tables. A flag or a
 * variable gives it as JSON.
 */
export function structure<T>(schema: Readonly<Record<string, unknown>>, placeholder = 'JSON'): ValueType<T> {
  return {
    schema,
    allowed: 'as its schema says (--print-schema)',
    placeholder,
    fromText: (said) => {
      try {
        return JSON.parse(said) as Json;
      } catch {
        return said;
      }
    },
    read: (json) => json as T,
  };
}
