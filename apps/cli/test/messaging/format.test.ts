// From a message to what is printed, and harmless on a terminal.
import { describe, expect, it } from 'vitest';
import { format, textFormat } from '../../src/messaging/message-format.ts';
import { message } from './messages.ts';

const NOW = new Date(2024, 4, 1, 9, 8, 7, 65);

function shown(
  name: string,
  one = message('a/b', 'hi'),
  options: { isVerbose?: boolean; isTerminal?: boolean } = {},
): string {
  const formatter = format().read(name)({ isVerbose: false, isTerminal: false, ...options });
  return Buffer.from(formatter(one, NOW)).toString('latin1');
}

const FULL = message('a/b', '{"on":1}', {
  qos: 1,
  retain: true,
  packetIdentifier: 7,
  properties: {
    contentType: 'application/json',
    correlationData: new Uint8Array([0x78]),
    messageExpiryInterval: 9,
    payloadFormatIndicator: 1,
    responseTopic: 'r',
    subscriptionIdentifiers: [3, 4],
    topicAlias: 5,
    userProperties: [
      ['by', 'me'],
      ['to', 'you'],
    ],
  },
});

describe('-F', () => {
  it.each([
    ['%t %p', 'a/b {"on":1}'],
    ['%q%r%l%m', '1187'],
    ['%x', '7b226f6e223a317d'],
    ['%X', '7B226F6E223A317D'],
    ['%A %C %D %E %F %R %S', '5 application/json x 9 1 r 3 4'],
    ['%P', 'by:me to:you'],
    ['%%@@\\\\', '%@\\'],
    ['\\t\\n\\r\\0\\a\\e\\v', '\t\n\r\0\u0007\u001b\u000b'],
    ['@Y-@m-@d @H:@M:@S.@N', '2024-05-01 09:08:07.065000000'],
    ['@F @T', '2024-05-01 09:08:07'],
    ['@s', String(Math.floor(NOW.getTime() / 1000))],
    ['%U', `${Math.floor(NOW.getTime() / 1000)}.065000000`],
  ])('%s', (template, expected) => {
    expect(shown(template, FULL)).toBe(expected);
  });

  it('%I is ISO 8601 with an offset', () => {
    const text = shown('%I');
    expect(text).toMatch(/^2024-05-01T09:08:07[+-]\d{4}$/);
    expect(new Date(text.replace(/(\d\d)(\d\d)$/, '$1:$2')).getTime()).toBe(NOW.getTime() - NOW.getMilliseconds());
  });

  it('%j has the payload as text, %J as what it says', () => {
    const { payload, ...rest } = JSON.parse(shown('%j', FULL)) as Record<string, unknown>;
    expect(payload).toBe('{"on":1}');
    expect(rest).toMatchObject({ topic: 'a/b', qos: 1, retain: 1, payloadlen: 8, mid: 7 });
    expect(rest['tst']).toMatch(/^2024-05-01T09:08:07\.065000[+-]\d{4}$/);
    expect(rest['properties']).toEqual({
      'content-type': 'application/json',
      'correlation-data': 'x',
      'message-expiry-interval': 9,
      'payload-format-indicator': 1,
      'response-topic': 'r',
      'user-properties': { by: 'me', to: 'you' },
    });
    expect(JSON.parse(shown('%J', FULL))).toMatchObject({ ...rest, payload: { on: 1 } });
    expect(JSON.parse(shown('%J', message('a', 'no json')))).toMatchObject({ payload: 'no json' });
    expect(JSON.parse(shown('%J', message('a', new Uint8Array([255]))))).toMatchObject({ payload: 'ff' });
  });

  it('json leaves out what belongs to a connection, and says bytes in base64', () => {
    expect(JSON.parse(shown('json', FULL))).toEqual({
      time: NOW.toISOString(),
      topic: 'a/b',
      payload: '{"on":1}',
      qos: 1,
      retain: true,
      properties: {
        contentType: 'application/json',
        correlationData: 'eA==',
        messageExpiryInterval: 9,
        payloadFormatIndicator: 1,
        responseTopic: 'r',
        userProperties: [
          ['by', 'me'],
          ['to', 'you'],
        ],
      },
    });
    expect(JSON.parse(shown('json', message('a', new Uint8Array([255]), { duplicate: true })))).toMatchObject({
      payloadBase64: '/w==',
      duplicate: true,
    });
  });

  it('the bytes of a payload pass as they are, unless a terminal would obey them', () => {
    const wild = message('a', new Uint8Array([27, 91, 255, 10]));
    for (const name of ['text', '%p']) {
      expect(shown(name, wild)).toBe('\u001b[\u00ff\n');
      expect(shown(name, wild, { isTerminal: true })).toBe('(4 bytes, no text: see -F hex)');
      expect(shown(name, message('a', 'one\n\t\u001b[2J'), { isTerminal: true })).toBe('one\n\t\\u{1b}[2J');
    }
    const named = message('a\u001b', 'x');
    expect(shown('text', named, { isTerminal: true, isVerbose: true })).toBe('a\\u{1b} x');
    expect(shown('hex', named, { isTerminal: true, isVerbose: true })).toBe('a\\u{1b} 78');
    expect(shown('%t', named, { isTerminal: true })).toBe('a\\u{1b}');
    expect(shown('\\e', named, { isTerminal: true })).toBe('\u001b'); // whoever wrote the template meant it
  });

  it('without one is text', () => {
    const one = message('a', 'x');
    expect(Buffer.from(textFormat({ isVerbose: true, isTerminal: false })(one, NOW)).toString()).toBe('a x');
  });
});
