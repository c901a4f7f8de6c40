import { expect, it } from 'vitest';
import { RetainedOwners } from '../../src/routing/retained-owners.ts';

it('counts for each publisher, and remembers nobody who has none', () => {
  const owners = new RetainedOwners(2);
  for (const publisher of ['a', 'a', 'b', '']) owners.add(publisher);
  expect([owners.size, owners.allows('a', undefined), owners.allows('a', 'b')]).toEqual([2, false, false]);
  expect([owners.allows('a', 'a'), owners.allows('b', undefined), owners.allows('', undefined)]).toEqual([
    true,
    true,
    true,
  ]);
  owners.remove('a');
  expect(owners.allows('a', undefined)).toBe(true);
  for (const publisher of ['a', 'b', 'c', '']) owners.remove(publisher);
  expect(owners.size).toBe(0);
});
