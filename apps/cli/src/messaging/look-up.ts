/** A row of a table by a name that somebody typed: `constructor` and its like, which every object has, are not in it. */
export function lookUp<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
