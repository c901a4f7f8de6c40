// A node of a tree of topic levels: finds a child by its level text. Most nodes have one child or a great many, so one is
// kept without a Map. Knows nothing of wildcards; TopicTree and RetainedMessages build on it.

export class LevelNode<N extends LevelNode<N>> {
  /** Text of the level which leads here. */
  readonly level: string;
  /** The only child, while there is but one. */
  only: N | undefined;
  /** All children, once there have been two. */
  children: Map<string, N> | undefined;

  constructor(level: string) {
    this.level = level;
    this.only = undefined;
    this.children = undefined;
  }

  child(level: string): N | undefined {
    const only = this.only;
    if (only !== undefined) return only.level === level ? only : undefined;
    return this.children?.get(level);
  }

  /** The child for the level [start, end) of a name; makes no string of it when there is nothing to look up. */
  childAt(name: string, start: number, end: number): N | undefined {
    const only = this.only;
    if (only !== undefined) {
      return only.level.length === end - start && name.startsWith(only.level, start) ? only : undefined;
    }
    return this.children?.get(name.slice(start, end));
  }

  /** `child` is not there yet. */
  addChild(child: N): void {
    if (this.children !== undefined) {
      this.children.set(child.level, child);
    } else if (this.only === undefined) {
      this.only = child;
    } else {
      this.children = new Map([
        [this.only.level, this.only],
        [child.level, child],
      ]);
      this.only = undefined;
    }
  }

  /** `child` is there. */
  removeChild(child: N): void {
    if (this.children === undefined) {
      this.only = undefined;
    } else {
      this.children.delete(child.level);
      if (this.children.size === 0) this.children = undefined;
    }
  }

  get hasChildren(): boolean {
    return this.only !== undefined || this.children !== undefined;
  }
}

/**
 * The level [start, end) as a string which does not keep the whole name alive: engines cut long substrings as views of
 * their parent, and a 64 KiB filter must not live on because another one shares its first level.
 */
export function ownLevel(name: string, start: number, end: number): string {
  return end - start < 13 ? name.slice(start, end) : ` ${name.slice(start, end)}`.slice(1);
}
