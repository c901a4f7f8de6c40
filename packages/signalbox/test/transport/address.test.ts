import { describe, expect, it } from 'vitest';
import { formatHost, formatUrl, parseAddress } from '../../src/transport/address.ts';
import { TransportError } from '../../src/transport/transport-error.ts';

describe('the address of a transport', () => {
  it.each([
    ['mqtt://192.0.2.1:1884', { protocol: 'tcp', host: '192.0.2.1', port: 1884, path: '' }],
    ['msip://broker.example', { protocol: 'tcp', host: 'broker.example', port: 9000, path: '' }],
    ['msips://:9443', { protocol: 'tls', host: '127.0.0.1', port: 9443, path: '' }],
    ['mqtt://broker.example', { protocol: 'tcp', host: 'broker.example', port: 1883, path: '' }],
    ['mqtt://broker.example/', { protocol: 'tcp', host: 'broker.example', port: 1883, path: '' }],
    ['MQTTS://broker.example', { protocol: 'tls', host: 'broker.example', port: 8883, path: '' }],
    ['mqtt://:1884', { protocol: 'tcp', host: '127.0.0.1', port: 1884, path: '' }],
    ['mqtt://', { protocol: 'tcp', host: '127.0.0.1', port: 1883, path: '' }],
    ['ws://:8083/mqtt', { protocol: 'ws', host: '127.0.0.1', port: 8083, path: '/mqtt' }],
    ['ws:///mqtt', { protocol: 'ws', host: '127.0.0.1', port: 80, path: '/mqtt' }],
    ['wss://broker.example/a?b=c', { protocol: 'wss', host: 'broker.example', port: 443, path: '/a?b=c' }],
    ['ws://broker.example:80', { protocol: 'ws', host: 'broker.example', port: 80, path: '/' }],
    ['mqtt://[::1]:0', { protocol: 'tcp', host: '::1', port: 0, path: '' }],
    ['unix:///run/a%20b.sock', { protocol: 'unix', host: '', port: 0, path: '/run/a b.sock' }],
    ['tcp://192.0.2.1:7', { protocol: 'tcp', host: '192.0.2.1', port: 7, path: '' }],
    ['tls://:7', { protocol: 'tls', host: '127.0.0.1', port: 7, path: '' }],
    ['unix:/run/s', { protocol: 'unix', host: '', port: 0, path: '/run/s' }],
  ])('%s is read', (url, expected) => {
    expect(parseAddress(url)).toEqual({ ...expected, scheme: url.slice(0, url.indexOf(':')).toLowerCase(), url });
  });

  it.each([
    '',
    'broker',
    'localhost:1883',
    'mqtt://a:99999',
    'http://127.0.0.1',
    'tcp://127.0.0.1',
    'tls://127.0.0.1',
    'mqtt://a/path',
    'mqtt://a?b',
    'mqtt://a#b',
    'unix://relative/path',
    'unix:///',
    'unix:///a?b',
    'unix:///%zz',
    'unix:///a%00b',
    `unix:///${'x'.repeat(103)}`,
  ])('%j is refused', (url) => {
    const parse = (): unknown => parseAddress(url);
    expect(parse).toThrow(TransportError);
    expect(parse).toThrow(expect.objectContaining({ code: 'BAD_URL' }));
    expect(parse).toThrow(url === '' ? 'an empty string' : url);
  });

  it.each([
    ['localhost:1883', 'the scheme must be one of'],
    ['broker', 'there is no scheme, as in mqtt://127.0.0.1:1883'],
    ['mqtt://a:99999', 'the port 99999 is above 65535'],
    ['mqtt://a:18x3', "the port '18x3' is no number"],
    ['mqtt://::1:1883', 'an IPv6 address stands in brackets'],
    ['mqtt://[::1', 'the bracket before the IPv6 address is not closed'],
    ['mqtt://[::zz]:1', '[::zz] is no IPv6 address'],
    ['mqtt://a b', "the host 'a b' is none"],
    ['mqtt://user@', 'there is no host'],
    ['mqtt://user:secret@a:1x', "mqtt://user:***@a:1x is no address of a transport: the port '1x' is no number"],
    ['mqtt://user:a@b/c@host:1x', 'mqtt://user:***@host:1x is no address of a transport'],
  ])('%s: the part that is wrong is named', (url, problem) => {
    expect(() => parseAddress(url)).toThrow(problem);
  });

  it.each(['mqtt://user:secret@host', 'mqtt://user:secret@host:99999', 'ws://:secret@host/x', 'ws://u:secret@h/x#f'])(
    'credentials are refused and not repeated: %s',
    (url) => {
      const parse = (): unknown => parseAddress(url);
      expect(parse).toThrow(expect.objectContaining({ code: 'BAD_URL' }));
      expect(parse).not.toThrow(/secret/);
    },
  );

  it('is put together again', () => {
    for (const url of ['mqtt://a:1', 'mqtts://[::1]:2', 'ws://a:3/b', 'wss://a:4/', 'unix:///run/s']) {
      const address = parseAddress(url);
      expect(formatUrl(address, address.port)).toBe(url);
    }
  });

  it('shows hosts as people write them', () => {
    expect(formatHost('::ffff:192.0.2.1', 5)).toBe('192.0.2.1:5');
    expect(formatHost('2001:db8::1', 5)).toBe('[2001:db8::1]:5');
  });
});
