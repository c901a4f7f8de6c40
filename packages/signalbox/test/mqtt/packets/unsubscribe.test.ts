import { describe, expect, it } from 'vitest';
import { hex, packet } from '../../support/annotated-bytes.ts';
import { refused, written } from '../../support/written.ts';

describe('writing UNSUBSCRIBE', () => {
  it('writes the filters in their order', () => {
    const topicFilters = ['b/#', 'a', '$share/g/+'];
    expect(written({ type: 'unsubscribe', packetIdentifier: 3, topicFilters }, 5)).toBe(
      hex(packet('a2', "0003 00 'b/#' 'a' '$share/g/+'")),
    );
    expect(written({ type: 'unsubscribe', packetIdentifier: 3, topicFilters: ['a'] }, 4)).toBe(
      hex(packet('a2', "0003 'a'")),
    );
  });

  it.each([
    ['[MQTT-3.10.3-2] no list', { topicFilters: undefined }, 'INVALID_ARGUMENT'],
    ['[MQTT-3.10.3-2@3.1.1] an empty list', { topicFilters: [] }, 'INVALID_ARGUMENT'],
    ['one filter that is not in a list', { topicFilters: 'a' }, 'INVALID_ARGUMENT'],
    ['no identifier', { packetIdentifier: undefined }, 'INVALID_ARGUMENT'],
    ['a filter that is none', { topicFilters: ['a', 'b+'] }, 'INVALID_TOPIC_FILTER'],
    ['a filter that is a number', { topicFilters: [7] }, 'INVALID_ARGUMENT'],
    ['a Reason String', { properties: { reasonString: 'x' } }, 'INVALID_PROPERTY'],
  ])('%s is refused', (_name, fields, code) => {
    expect(refused({ type: 'unsubscribe', packetIdentifier: 1, topicFilters: ['a'], ...fields })).toBe(code);
  });
});
