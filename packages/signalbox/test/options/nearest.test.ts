// What somebody may have meant.
import { describe, expect, it } from 'vitest';
import { nearest, suggestion } from '../../src/options/nearest.ts';

const KNOWN = ['keepAlive', 'clientId', 'cleanStart', 'url', 'qos0', 'topicName'];

describe('the nearest name', () => {
  it.each([
    ['keepalive', 'keepAlive'],
    ['keep_alive', 'keepAlive'],
    ['clientIdentifier', 'clientId'],
    ['clean', 'cleanStart'],
    ['topic', 'topicName'],
    ['qos', 'qos0'],
    ['ulr', 'url'],
    ['password', undefined],
    ['x', undefined],
    ['', undefined],
    ['x'.repeat(1_000_000), undefined],
  ])('%j is %j', (said, meant) => {
    expect(nearest(said, KNOWN)).toBe(meant);
  });

  it('is told with where it is', () => {
    expect(suggestion('topic', KNOWN, 'will.')).toBe("; did you mean 'will.topicName'?");
    expect(suggestion('password', KNOWN)).toBe('');
  });
});
