import { describe, expect, it } from 'vitest';
import { LevelNode, ownLevel } from '../../src/routing/level-node.ts';

class Plain extends LevelNode<Plain> {}

describe('LevelNode', () => {
  it('has no child at first', () => {
    const node = new Plain('');
    expect(node.hasChildren).toBe(false);
    expect(node.child('a')).toBeUndefined();
    expect(node.childAt('a', 0, 1)).toBeUndefined();
  });

  it('finds one child, two children, and one again after the other went', () => {
    const node = new Plain('');
    const a = new Plain('a');
    const b = new Plain('b');
    node.addChild(a);
    expect([node.child('a'), node.child('b'), node.child('ab')]).toEqual([a, undefined, undefined]);
    node.addChild(b);
    expect([node.child('a'), node.child('b'), node.child('ab')]).toEqual([a, b, undefined]);
    node.removeChild(a);
    expect([node.child('a'), node.child('b')]).toEqual([undefined, b]);
    expect(node.hasChildren).toBe(true);
    node.removeChild(b);
    expect(node.hasChildren).toBe(false);
  });

  it('finds a child for a part of a name', () => {
    const node = new Plain('');
    const a = new Plain('one');
    node.addChild(a);
    expect(node.childAt('x/one/y', 2, 5)).toBe(a);
    expect(node.childAt('x/one/y', 2, 4)).toBeUndefined();
    expect(node.childAt('x/ona/y', 2, 5)).toBeUndefined();
    const b = new Plain('');
    node.addChild(b);
    expect(node.childAt('x//y', 2, 2)).toBe(b);
    expect(node.childAt('x/one/y', 2, 5)).toBe(a);
  });

  it('forgets an only child', () => {
    const node = new Plain('');
    const a = new Plain('a');
    node.addChild(a);
    node.removeChild(a);
    expect(node.child('a')).toBeUndefined();
    expect(node.hasChildren).toBe(false);
  });
});

describe('ownLevel', () => {
  it('is the text of the level, however long', () => {
    expect(ownLevel('a/bc/d', 2, 4)).toBe('bc');
    expect(ownLevel('a//d', 2, 2)).toBe('');
    expect(ownLevel('a/a-level-of-many-letters/d', 2, 25)).toBe('a-level-of-many-letters');
    expect(ownLevel('ä-level-of-many-letters', 0, 23)).toBe('ä-level-of-many-letters');
  });
});
