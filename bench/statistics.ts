// Medians: the only average used here, because one disturbed round must not move a figure.

/** Of the values which are numbers; NaN when there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Round by round, then the median: what disturbed a whole round cancels out. */
export function medianRatio(numerators: readonly number[], denominators: readonly number[]): number {
  const rounds = Math.min(numerators.length, denominators.length);
  return median(Array.from({ length: rounds }, (_, round) => numerators[round]! / denominators[round]!));
}

/** Fewer rounds say nothing about how sure their median is. */
const LEAST_ROUNDS = 5;
/** How often the rounds are drawn anew. */
const DRAWS = 4000;
/** Of the medians of all draws this share is left out at either end. */
const TAIL = 0.025;

/**
 * Where the median ratio lies with 95 % confidence (bootstrap over the rounds); undefined when there are fewer than five
 * of them. The draws are the same each time, so that the same figures give the same interval.
 */
export function ratioInterval(
  numerators: readonly number[],
  denominators: readonly number[],
): readonly [number, number] | undefined {
  const ratios = numerators.map((figure, round) => figure / (denominators[round] ?? Number.NaN));
  const known = ratios.filter((ratio) => !Number.isNaN(ratio));
  if (known.length < LEAST_ROUNDS) return undefined;
  let state = 1;
  const draw = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // the generator of Numerical Recipes
    return known[Math.floor((state / 2 ** 32) * known.length)]!;
  };
  const medians = Array.from({ length: DRAWS }, () => median(known.map(draw))).sort((a, b) => a - b);
  return [medians[Math.floor(DRAWS * TAIL)]!, medians[Math.ceil(DRAWS * (1 - TAIL)) - 1]!];
}

/** The contestants in the order of this round: everybody is first as often as the others. */
export function rotated<T>(items: readonly T[], round: number): T[] {
  const shift = items.length === 0 ? 0 : round % items.length;
  return [...items.slice(shift), ...items.slice(0, shift)];
}
