// Numbers in place of texts, and the texts again. That a bundle for pages has them is tested in tools/test/bundle.test.ts.
import { describe, expect, it } from 'vitest';
import { inWords } from '../../src/client/explain-error.ts';
import { ClientError, explainError } from '../../src/client/index.ts';

describe('an error in words', () => {
  it.each([
    ['#0', 'nothing'],
    ['#1(a)', 'one: a'],
    ['#2(a)(b)', 'b before a'],
    ['#1(#2(x)(#0))', 'one: nothing before x'],
    ['#1(#0), #1(#0)', 'one: nothing, one: nothing'],
    ['#1(a (b) (c))', 'one: a (b) (c)'],
    ['#1()', 'one: '],
    ['#1', 'one: '],
    ['before #0 (behind)', 'before nothing (behind)'],
    ['#1(a', 'one: (a'],
    ['#9(a)', '#9(a)'],
    ['# 0 #', '# 0 #'],
    ['', ''],
  ])('%s', (message, words) => {
    expect(inWords(message, ['nothing', 'one: {0}', '{1} before {0}'])).toBe(words);
  });

  it('is its message where messages are texts', async () => {
    expect(await explainError(new ClientError('CLOSED', 'the client is closed'))).toBe('the client is closed');
    expect(await explainError('a string')).toBe('a string');
  });
});
