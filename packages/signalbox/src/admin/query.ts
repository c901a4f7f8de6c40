/** The part of a URL behind `?`, read with the limits that keep every answer small. Unknown names are mistakes. */
import { AdminError } from './answer.ts';

/** As many entries as one answer has at most. */
export const LARGEST_PAGE = 1_000;
const DEFAULT_PAGE = 100;
/** A Topic Name or a Client Identifier can be this long. */
const LONGEST_TEXT = 65_535;

export class Query {
  readonly #parameters: URLSearchParams;

  /** Throws AdminError when there is a parameter with another name. */
  constructor(parameters: URLSearchParams, known: readonly string[]) {
    this.#parameters = parameters;
    for (const name of parameters.keys()) {
      if (known.includes(name)) continue;
      const words = known.length === 0 ? 'there are none here' : `known are ${known.join(', ')}`;
      throw new AdminError('BAD_REQUEST', `there is no parameter ${name}; ${words}`);
    }
  }

  text(name: string): string | undefined {
    const value = this.#parameters.get(name) ?? undefined;
    if (value !== undefined && value.length > LONGEST_TEXT) throw new AdminError('BAD_REQUEST', `${name} is too long`);
    return value;
  }

  integer(name: string, range: { readonly least: number; readonly most: number }): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= range.least && number <= range.most) return number;
    throw new AdminError('BAD_REQUEST', `${name} must be an integer from ${range.least} to ${range.most}`);
  }

  /** `limit`: how many entries are wanted. */
  get pageSize(): number {
    return this.integer('limit', { least: 1, most: LARGEST_PAGE }) ?? DEFAULT_PAGE;
  }
}
