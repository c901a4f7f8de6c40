/** Which known word somebody may have meant. */

/** The nearest of these words, when it is near enough to be a slip of the keyboard. */
export function nearest(said: string, known: readonly string[]): string | undefined {
  const most = Math.min(said.length - 1, Math.max(2, Math.floor(said.length / 3)));
  let best: string | undefined;
  let bestDistance = most + 1;
  for (const word of known) {
    const distance = distanceOf(said.toLowerCase(), word.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [word, distance];
  }
  return best;
}

export function suggestion(said: string, known: readonly string[], prefix = ''): string {
  const meant = nearest(said, known);
  return meant === undefined ? '' : `; did you mean ${prefix}${meant}?`;
}

/** Insertions, deletions, replacements and neighbours that changed places, from one word to the other. */
function distanceOf(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const above = rows[i - 1]!;
      let distance = Math.min(above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1), above[j]! + 1, row[j - 1]! + 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwapped) distance = Math.min(distance, rows[i - 2]![j - 2]! + 1);
      row.push(distance);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
