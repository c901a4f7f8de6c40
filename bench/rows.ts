// What the benchmarks produce: one row for each thing measured, with every contestant's figure in every round.

export interface Row {
  /** Stable: bars.ts refers to it. */
  readonly name: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  /** The contestant that the others are compared with. */
  readonly reference: string;
  /** By contestant, one for each round; NaN when the round failed. */
  readonly figures: Map<string, number[]>;
  /** Share of the time that was lost to others at work on the machine, of each measurement; empty when unknown. */
  readonly disturbance: number[];
}

/** Something that makes a figure worthless: a message lost, a contestant that did not start, wrong output. */
export interface Problem {
  readonly row: string;
  readonly contestant: string;
  readonly text: string;
}

export interface Findings {
  readonly rows: Row[];
  readonly problems: Problem[];
  /** Contestant → version. */
  readonly versions: Record<string, string>;
  /** Everything the load generator reported, for those who want to look closer. */
  readonly details: unknown[];
}

export function addFigure(row: Row, contestant: string, figure: number): void {
  const figures = row.figures.get(contestant);
  if (figures === undefined) row.figures.set(contestant, [figure]);
  else figures.push(figure);
}
