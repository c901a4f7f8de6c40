import { describe, expect, it } from 'vitest';
import { NO_ALIAS, OutboundTopicAliases } from '../../src/mqtt/outbound-topic-aliases.ts';
import { InboundTopicAliases } from '../../src/mqtt/topic-aliases.ts';
import { TopicNames } from '../../src/mqtt/topic-names.ts';

const names = new TopicNames();

describe('InboundTopicAliases', () => {
  it('[MQTT-3.3.2-10] [MQTT-3.3.2-12] takes every alias from 1 to the maximum', () => {
    const aliases = new InboundTopicAliases(3);
    expect([0, 1, 3, 4].map((alias) => aliases.isValid(alias))).toEqual([false, true, true, false]);
    expect(new InboundTopicAliases(0).isValid(1)).toBe(false);
  });

  it('remembers the last Topic Name of each alias', () => {
    const aliases = new InboundTopicAliases(10);
    aliases.set(9, names.internString('a'));
    aliases.set(2, names.internString('b'));
    aliases.set(9, names.internString('c'));
    expect([aliases.get(9)?.name, aliases.get(2)?.name, aliases.get(1), aliases.get(10)]).toEqual([
      'c',
      'b',
      undefined,
      undefined,
    ]);
  });
});

describe('OutboundTopicAliases', () => {
  function send(aliases: OutboundTopicAliases, topicName: string): string {
    const { alias, isKnown } = aliases.plan(topicName);
    aliases.use(topicName, alias);
    return `${alias}${isKnown ? '' : '+name'}`;
  }

  it('[MQTT-3.3.2-8] an alias is 1 to the maximum of the peer', () => {
    const aliases = new OutboundTopicAliases(2);
    expect([0, 1, 2, 3, 1.5].map((alias) => aliases.isValid(alias))).toEqual([false, true, true, false, false]);
  });

  it('pitfall: replaces the least recently used name, and use means every sending', () => {
    const aliases = new OutboundTopicAliases(2);
    expect(['a', 'b', 'a', 'c', 'b', 'a'].map((name) => send(aliases, name))).toEqual([
      '1+name',
      '2+name',
      '1',
      '2+name',
      '1+name',
      '2+name',
    ]);
  });

  it('plans nothing where there are no aliases', () => {
    expect(new OutboundTopicAliases(0).plan('a')).toBe(NO_ALIAS);
  });

  it('planning changes nothing', () => {
    const aliases = new OutboundTopicAliases(1);
    aliases.plan('a');
    expect([aliases.find('a'), aliases.nameOf(1)]).toEqual([0, undefined]);
  });

  it('leaves alone what was set by hand', () => {
    const aliases = new OutboundTopicAliases(3);
    aliases.use('x', 2);
    expect(['a', 'b', 'x', 'c'].map((name) => send(aliases, name))).toEqual(['1+name', '3+name', '2', '1+name']);
  });

  it('a name that moves to another alias frees its first one', () => {
    const aliases = new OutboundTopicAliases(4);
    aliases.use('x', 1);
    aliases.use('x', 3);
    expect([aliases.nameOf(1), aliases.nameOf(3), aliases.find('x')]).toEqual([undefined, 'x', 3]);
    aliases.use('y', 3);
    expect([aliases.find('x'), aliases.find('y')]).toEqual([0, 3]);
  });
});
