// The results for the eye: a line for each row, the medians of all contestants, the ratio, and the bar.

import type { Verdict } from './bars.ts';
import { measure, SUBJECT } from './bars.ts';
import type { Problem, Row } from './rows.ts';
import { median } from './statistics.ts';

/** From here on figures say more about the neighbours than about the contestants. */
const DISTURBED = 0.1;

/** Three digits that matter. */
export function shortNumber(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)} M`;
  if (value >= 1e4) return `${(value / 1e3).toPrecision(3)} k`;
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** A ratio above 1 is good for the subject, whether more or less is better; one for each of its settings. */
function advantage(row: Row): string {
  const subjects = [...row.figures.keys()].filter((name) => name.startsWith(SUBJECT));
  const ratios = subjects.map((subject) => {
    const ratio = measure(row, subject, row.reference);
    if (ratio === undefined) return '–';
    return `${(row.better === 'more' ? ratio : 1 / ratio).toFixed(2)}×`;
  });
  return ratios.length === 0 ? '–' : ratios.join(' / ');
}

function describeVerdict(verdict: Verdict): string {
  const { bar, measured, interval, isMet } = verdict;
  const unit = bar.against === undefined ? '' : '×';
  const value =
    measured === undefined
      ? 'not measured'
      : `${bar.against === undefined ? shortNumber(measured) : measured.toFixed(2)}${unit}`;
  const range = interval === undefined ? '' : `, 95 % ${interval.map((end) => end.toFixed(2)).join('–')}`;
  return `${isMet ? 'met   ' : 'MISSED'} ${bar.limit} ${bar.value}${unit} (${value}${range})`;
}

function align(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
    )
    .map((line) => line.trimEnd())
    .join('\n');
}

function renderGroup(rows: readonly Row[], verdicts: readonly Verdict[]): string {
  const first = rows[0]!;
  const contestants = [...new Set(rows.flatMap((row) => [...row.figures.keys()]))];
  const header = ['', ...contestants, `× ${first.reference}`, 'bar'];
  const lines = rows.map((row) => [
    row.name,
    ...contestants.map((contestant) => shortNumber(median(row.figures.get(contestant) ?? []))),
    advantage(row),
    verdicts
      .filter(({ bar }) => bar.row === row.name)
      .map(describeVerdict)
      .join('; '),
  ]);
  return `${first.unit} (${first.better} is better)\n${align([header, ...lines])}`;
}

export function renderTable(rows: readonly Row[], verdicts: readonly Verdict[], problems: readonly Problem[]): string {
  const units = [...new Set(rows.map(({ unit }) => unit))];
  const groups = units.map((unit) =>
    renderGroup(
      rows.filter((row) => row.unit === unit),
      verdicts,
    ),
  );
  const complaints = problems.map(({ row, contestant, text }) => `${contestant}, ${row}: ${text}`);
  const disturbed = rows.flatMap(({ name, disturbance }) => {
    const share = median(disturbance);
    return share >= DISTURBED ? [`${name} ${(share * 100).toFixed(0)} %`] : [];
  });
  if (disturbed.length > 0)
    groups.push(`DISTURBED by others at work on the same cores, for this share of the time: ${disturbed.join(', ')}`);
  if (complaints.length > 0) groups.push(`PROBLEMS\n${complaints.join('\n')}`);
  return groups.join('\n\n');
}
