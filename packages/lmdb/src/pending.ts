/**
 * Cells on their way to the disk, in segments, oldest first; and the commits that they belong to. A commit is kept when
 * nothing of it is left to keep: because it is on the disk, or because it was undone before it got there.
 */
import { type Cell, Commit, Segment } from './cell.ts';
import { type Encoding, SharedMessages } from './encoding.ts';
import { DeliveryCell } from './session-cells.ts';

export class Pending {
  readonly shared = new SharedMessages();
  /** Where cells go now. */
  segment = new Segment();
  /** Segments before it that were not submitted, oldest first. */
  #waiting: Segment[] = [];
  /** What cells count for now. */
  openCommit = new Commit();
  /** Commits that are not kept, oldest first, from `#first` on. */
  readonly #commits: Commit[] = [];
  #first = 0;

  /** Ends the commit; true when it is kept, and everything before it. `takeKept` is to be called before. */
  commit(): boolean {
    const commit = this.openCommit;
    if (commit.left === 0 && this.#first === this.#commits.length) return true;
    this.openCommit = new Commit();
    this.#commits.push(commit);
    return false;
  }

  /** How many more commits are kept since it was called last. */
  takeKept(): number {
    const before = this.#first;
    while (this.#first < this.#commits.length && this.#commits[this.#first]!.left === 0) this.#first++;
    const count = this.#first - before;
    if (this.#first === this.#commits.length) {
      this.#commits.length = 0;
      this.#first = 0;
    } else if (this.#first > 1024 && this.#first * 2 > this.#commits.length) {
      this.#commits.splice(0, this.#first);
      this.#first = 0;
    }
    return count;
  }

  /** Sums of what was not submitted. */
  count(what: 'live' | 'urgent' | 'hopeful'): number {
    let count = this.segment[what];
    for (const segment of this.#waiting) count += segment[what];
    return count;
  }

  /** How many segments wait before the one that takes cells. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** A gather time has passed; answers how many segments have waited for so many of them. */
  grow(age: number): number {
    let ripe = 0;
    for (const segment of this.#waiting) {
      segment.age++;
      if (segment.age >= age) ripe++;
    }
    return ripe;
  }

  /** The segment that takes cells is done; another one begins. */
  rotate(): void {
    if (this.segment.cells.length === 0) return;
    this.#waiting.push(this.segment);
    this.segment = new Segment();
  }

  /** The oldest segments, for a transaction; empty when there is nothing to write in them. */
  take(count: number): Segment[] {
    const taken = this.#waiting.splice(0, count);
    if (taken.some((segment) => segment.live > 0)) {
      for (const segment of taken) segment.isSubmitted = true;
      return taken;
    }
    this.onKept(taken);
    return [];
  }

  encode(segments: readonly Segment[], into: Encoding): void {
    forEachCell(segments, (cell) => {
      if (cell instanceof DeliveryCell && cell.previous === undefined && !cell.isOver) into.announce(cell.messageId);
    });
    forEachCell(segments, (cell) => cell.encode(into));
    into.finish();
  }

  onKept(segments: readonly Segment[]): void {
    for (const { cells } of segments) {
      for (const cell of cells) if (!cell.isVoid) cell.onKept();
    }
  }

  /** They wait again, ahead of all others. */
  onFailed(segments: readonly Segment[]): void {
    forEachCell(segments, (cell) => cell.onFailed());
    for (const segment of segments) segment.isSubmitted = false;
    this.#waiting.unshift(...segments);
  }
}

function forEachCell(segments: readonly Segment[], visit: (cell: Cell) => void): void {
  for (const { cells } of segments) for (const cell of cells) if (!cell.isVoid) visit(cell);
}
