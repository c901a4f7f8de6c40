// Which known name somebody may have meant.

/** “; did you mean 'keepAlive'?”, or nothing where no known name is near. */
export function suggestion(said: string, known: readonly string[], prefix = ''): string {
  const meant = nearest(said, known);
  return meant === undefined ? '' : `; did you mean '${prefix}${meant}'?`;
}

/** The nearest of these names, when it is near enough to be a slip, or begins or ends as what was said. */
export function nearest(said: string, known: readonly string[]): string | undefined {
  const word = said.toLowerCase();
  const most = Math.min(word.length - 1, Math.max(2, Math.floor(word.length / 3)));
  const [best] = known
    .map((name) => ({ name, distance: distanceBetween(word, name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  if (best !== undefined && best.distance <= most) return best.name;
  return word.length < 4 ? undefined : known.find((name) => isPartOf(word, name.toLowerCase()));
}

function isPartOf(word: string, name: string): boolean {
  return name.startsWith(word) || name.endsWith(word) || word.startsWith(name);
}

/** Letters that have to be put in, left out or replaced. Long words are not worth it. */
function distanceBetween(a: string, b: string): number {
  if (a.length > 64 || b.length > 64) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let line = 1; line <= a.length; line++) {
    const next = [line];
    for (let column = 1; column <= b.length; column++) {
      const replaced = row[column - 1]! + (a[line - 1] === b[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[column]! + 1, next[column - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
