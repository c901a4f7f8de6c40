/**
 * One fact that is on its way to the disk: a row to be put or removed, until the transaction that has it is kept. It
 * counts for the commit that brought it, and lies in one segment of what is pending.
 */
import type { Encoding } from './encoding.ts';

/** Commits end in the order in which they began; each is kept when nothing of it is left to keep. */
export class Commit {
  left = 0;
}

/** Cells that are submitted together at the earliest. */
export class Segment {
  readonly cells: Cell[] = [];
  /** Cells that still have something to write. */
  live = 0;
  /** Somebody may be waiting for them. */
  urgent = 0;
  /** They will probably be undone in a moment: a message was sent to a subscriber that takes what it is sent. */
  hopeful = 0;
  /** Gather times since it took its last cell. */
  age = 0;
  /** A transaction with its cells is under way; they must not change. */
  isSubmitted = false;
}

export abstract class Cell {
  readonly segment: Segment;
  /** Undefined: nobody waits for it. */
  commit: Commit | undefined;
  isHopeful = false;
  /** It was undone, or a later cell of its segment says more. */
  isVoid = false;
  /** Commits of cells that this one has superseded. */
  #heritage: Commit[] | undefined = undefined;

  constructor(segment: Segment, commit: Commit | undefined) {
    this.segment = segment;
    this.commit = commit;
    segment.cells.push(this);
    segment.live++;
    if (commit !== undefined) {
      commit.left++;
      segment.urgent++;
    }
  }

  /** Whether it can still be changed, or undone. */
  get isPending(): boolean {
    return !this.segment.isSubmitted && !this.isVoid;
  }

  /** Its row, into the transaction that is being made. */
  abstract encode(into: Encoding): void;

  /** The transaction is kept. */
  onKept(): void {
    this.release();
  }

  /** The transaction failed: there will be another one. */
  onFailed(): void {}

  hope(): void {
    if (this.isHopeful) return;
    this.isHopeful = true;
    this.segment.hopeful++;
    if (this.commit !== undefined) this.segment.urgent--;
  }

  /** Nobody need wait for it any more. */
  release(): void {
    if (this.isHopeful) {
      this.isHopeful = false;
      this.segment.hopeful--;
    } else if (this.commit !== undefined) this.segment.urgent--;
    if (this.commit !== undefined) this.commit.left--;
    this.commit = undefined;
    if (this.#heritage === undefined) return;
    for (const commit of this.#heritage) commit.left--;
    this.#heritage = undefined;
  }

  /** It never need be written. */
  undo(): void {
    this.isVoid = true;
    this.segment.live--;
    this.release();
  }

  /** This one says more than the earlier one, and has its commit wait too. */
  supersede(earlier: Cell): void {
    const { commit } = earlier;
    const inherited = earlier.#heritage ?? [];
    earlier.#heritage = undefined;
    if (commit !== undefined) {
      commit.left++;
      inherited.push(commit);
    }
    if (inherited.length > 0) this.#heritage = [...(this.#heritage ?? []), ...inherited];
    earlier.undo();
  }
}
