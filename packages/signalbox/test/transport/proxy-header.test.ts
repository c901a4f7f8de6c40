import { describe, expect, it } from 'vitest';
import { LONGEST_PROXY_HEADER, readProxyHeader } from '../../src/transport/proxy-header.ts';
import { binaryHeader, IPV4, IPV6, LINE, VERIFIED } from './proxy-headers.ts';

const line = (text: string) => Buffer.from(text, 'latin1');
const unixPath = `${Buffer.from('/run/client').toString('hex')}${'00'.repeat(97)}`;

const RIGHT: [string, Buffer, string | undefined, string?][] = [
  ['TCP4', LINE, '192.0.2.1:50123'],
  ['TCP6', line('PROXY TCP6 2001:db8::1 2001:db8::2 50123 1883\r\n'), '[2001:db8::1]:50123'],
  ['UNKNOWN', line('PROXY UNKNOWN\r\n'), undefined],
  ['UNKNOWN with what is to be ignored', line(`PROXY UNKNOWN ${'f'.repeat(90)}\r\n`), undefined],
  [
    'the longest line',
    line(`PROXY TCP6 ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535\r\n`),
    `[${'ffff:'.repeat(7)}ffff]:65535`,
  ],
  ['v2 over IPv4', binaryHeader(0x21, 0x11, IPV4), '192.0.2.1:50123'],
  ['v2 over IPv6', binaryHeader(0x21, 0x21, IPV6), '[2001:db8::1]:50123'],
  [
    'v2 over IPv6 for an IPv4 client',
    binaryHeader(0x21, 0x21, `${'00'.repeat(10)}ffff c0000201 ${'00'.repeat(10)}ffff c0000202 c3cb 075b`),
    '192.0.2.1:50123',
  ],
  ['v2 over a Unix socket', binaryHeader(0x21, 0x31, unixPath + '00'.repeat(108)), 'unix:/run/client'],
  ['v2 LOCAL', binaryHeader(0x20, 0x00, ''), undefined],
  ['v2 LOCAL with an address, which counts for nothing', binaryHeader(0x20, 0x11, IPV4), undefined],
  ['v2 LOCAL with anything', binaryHeader(0x20, 0x11, 'ff'), undefined],
  ['v2 of an unknown family', binaryHeader(0x21, 0x00, ''), undefined],
  ['v2 of an unknown protocol', binaryHeader(0x21, 0x10, IPV4), undefined],
  ['v2 with vectors', binaryHeader(0x21, 0x11, `${IPV4} 01 0004 6d717474 04 0000 05 0002 abcd`), '192.0.2.1:50123'],
  ['v2 with a verified certificate', binaryHeader(0x21, 0x11, IPV4 + VERIFIED), '192.0.2.1:50123', 'device-1'],
  [
    'v2 with one of the session',
    binaryHeader(0x21, 0x11, `${IPV4}20 000b 05 00000000 21 0000 22 0000`),
    '192.0.2.1:50123',
    '',
  ],
  [
    'v2 with one that was not verified',
    binaryHeader(0x21, 0x11, `${IPV4}20 0009 03 00000001 22 0001 61`),
    '192.0.2.1:50123',
  ],
  [
    'v2 with a name and no certificate',
    binaryHeader(0x21, 0x11, `${IPV4}20 0009 01 00000000 22 0001 61`),
    '192.0.2.1:50123',
  ],
];

const WRONG: [string, Buffer][] = [
  ['MQTT', Buffer.from('101000044d51545405', 'hex')],
  ['TLS', Buffer.from('1603010200', 'hex')],
  ['HTTP', line('GET / HTTP/1.1\r\n')],
  ['lower case', line('proxy TCP4 192.0.2.1 192.0.2.2 50123 1883\r\n')],
  ['a line without end', line(`PROXY TCP4 ${'1'.repeat(200)}`)],
  ['another family', line('PROXY UDP4 192.0.2.1 192.0.2.2 50123 1883\r\n')],
  ['an address of the other family', line('PROXY TCP4 2001:db8::1 2001:db8::2 50123 1883\r\n')],
  ['no address', line('PROXY TCP4 example 192.0.2.2 50123 1883\r\n')],
  ['a port too large', line('PROXY TCP4 192.0.2.1 192.0.2.2 65536 1883\r\n')],
  ['a port with a zero before it', line('PROXY TCP4 192.0.2.1 192.0.2.2 01 1883\r\n')],
  ['a field too few', line('PROXY TCP4 192.0.2.1 192.0.2.2 50123\r\n')],
  ['a field too many', line('PROXY TCP4 192.0.2.1 192.0.2.2 50123 1883 x\r\n')],
  ['nothing', line('PROXY \r\n')],
  ['two spaces', line('PROXY TCP4  192.0.2.1 192.0.2.2 50123 1883\r\n')],
  ['v2 of version 1', binaryHeader(0x11, 0x11, IPV4)],
  ['v2 with another command', binaryHeader(0x22, 0x11, IPV4)],
  ['v2 of another family', binaryHeader(0x21, 0x41, IPV4)],
  ['v2 with another protocol', binaryHeader(0x21, 0x13, IPV4)],
  ['v2 with an address too short', binaryHeader(0x21, 0x11, 'c0000201')],
  ['v2 with a vector that runs over', binaryHeader(0x21, 0x11, `${IPV4} 01 0005 6d717474`)],
  ['v2 with half a vector', binaryHeader(0x21, 0x11, `${IPV4} 01 00`)],
  ['v2 with half a TLS vector', binaryHeader(0x21, 0x11, `${IPV4} 20 0004 03000000`)],
  ['v2 with an inner vector that runs over', binaryHeader(0x21, 0x11, `${IPV4} 20 0009 03 00000000 22 0002 61`)],
  ['v2 larger than allowed', binaryHeader(0x21, 0x11, IPV4, LONGEST_PROXY_HEADER)],
];

describe('a header of the PROXY protocol', () => {
  it.each(RIGHT)('is read: %s', (_name, bytes, source, commonName) => {
    const expected = { size: bytes.length, source, commonName };
    expect(readProxyHeader(bytes)).toEqual(expected);
    expect(readProxyHeader(Buffer.concat([bytes, line('and more\r\n')]))).toEqual(expected);
    for (let end = 0; end < bytes.length; end++) expect(readProxyHeader(bytes.subarray(0, end))).toBe('incomplete');
  });

  it.each(WRONG)('is malformed: %s', (_name, bytes) => {
    expect(readProxyHeader(bytes)).toBe('malformed');
    // Once malformed, it stays so, and is found before everything has come.
    const verdicts = Array.from(bytes, (_byte, index) => readProxyHeader(bytes.subarray(0, index + 1)));
    const first = verdicts.indexOf('malformed');
    expect(verdicts.slice(0, first).every((verdict) => verdict === 'incomplete')).toBe(true);
    expect(verdicts.slice(first).every((verdict) => verdict === 'malformed')).toBe(true);
  });

  it('of another protocol is malformed at its first byte', () => {
    expect(readProxyHeader(Buffer.from([0x10]))).toBe('malformed');
    expect(readProxyHeader(Buffer.from([0x16]))).toBe('malformed');
  });
});
