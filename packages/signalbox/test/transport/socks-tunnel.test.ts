import { describe, expect, it } from 'vitest';
import { connect } from '../../src/transport/connect.ts';
import { Recorder } from './recorder.ts';
import { answering, failing, SOCKS_REPLY, script, through } from './tunnel-stage.ts';

describe('a SOCKS proxy', () => {
  it.each([
    [1, 'PROXY_FAILED'],
    [2, 'PROXY_REFUSED'],
    [3, 'PROXY_TARGET_UNREACHABLE'],
    [4, 'PROXY_TARGET_UNREACHABLE'],
    [5, 'PROXY_TARGET_UNREACHABLE'],
    [6, 'PROXY_TARGET_UNREACHABLE'],
    [7, 'PROXY_REFUSED'],
    [8, 'PROXY_REFUSED'],
    [200, 'PROXY_REFUSED'],
  ] as const)('that replies %d', async (reply, code) => {
    const proxy = await script(answering('socks5', Buffer.from([5, reply])));
    await expect(through(proxy, 'socks5', 'mqtt://127.0.0.1:1')).rejects.toEqual(failing(code));
  });

  it.each([
    ['a method that was not offered', [5, 2]],
    ['version 4', [4, 0]],
    ['more than was asked for', [5, 0, 5]],
  ])('must not begin with %s', async (_, greeting) => {
    const proxy = await script((client) => void client.write(Buffer.from(greeting)));
    await expect(through(proxy, 'socks5', 'mqtt://127.0.0.1:1')).rejects.toEqual(failing('PROXY_FAILED'));
  });

  it.each([
    ['another version', [4, 0, 0, 1, 0, 0, 0, 0, 0, 0]],
    ['an unknown type of address', [5, 0, 0, 2, 0, 0, 0, 0, 0, 0]],
  ])('must not reply with %s', async (_, reply) => {
    const proxy = await script(answering('socks5', Buffer.from(reply)));
    await expect(through(proxy, 'socks5', 'mqtt://127.0.0.1:1')).rejects.toEqual(failing('PROXY_FAILED'));
  });

  it.each([
    ['IPv4', [1, 1, 2, 3, 4]],
    ['IPv6', [4, ...Array(16).fill(7)]],
    ['a name', [3, 255, ...Array(255).fill(97)]],
    ['an empty name', [3, 0]],
  ])('may say that it is at %s', async (_, place) => {
    const proxy = await script(answering('socks5', Buffer.from([5, 0, 0, ...place, 0, 80, ...Buffer.from('early')])));
    const recorder = Recorder.start(await through(proxy, 'socks5h', 'mqtt://127.0.0.1:1'));
    await recorder.untilReceived(5);
    expect(recorder.text).toBe('early');
    recorder.transport.destroy();
    await recorder.untilClosed();
  });

  it.each([
    ['mqtt://192.0.2.1:258', '01 c0000201 0102'],
    ['mqtt://[2001:db8::1]:1', '04 20010db8000000000000000000000001 0001'],
    ['mqtt://[::]:1', '04 00000000000000000000000000000000 0001'],
    ['mqtt://[1:2:3:4:5:6:7:8]:1', '04 00010002000300040005000600070008 0001'],
    ['mqtt://[::ffff:192.0.2.1]:1', '04 00000000000000000000ffffc0000201 0001'],
    ['mqtt://[fe80::]:1', '04 fe800000000000000000000000000000 0001'],
    ['mqtt://broker.example:1', `03 0e ${Buffer.from('broker.example').toString('hex')} 0001`],
  ])('gets the target as it is: %s', async (url, address) => {
    const requests: string[] = [];
    const proxy = await script((client) => {
      client.on('data', (bytes) => {
        requests.push(bytes.toString('hex'));
        client.write(
          requests.length === 1 ? Buffer.from([5, 2]) : requests.length === 2 ? Buffer.from([1, 0]) : SOCKS_REPLY,
        );
      });
    });
    (await connect(url, { proxy: `socks5://me:secret@127.0.0.1:${proxy.port}` })).destroy();
    const password = `0102${Buffer.from('me').toString('hex')}06${Buffer.from('secret').toString('hex')}`;
    expect(requests).toEqual(['05020002', password, `050100${address.replaceAll(' ', '')}`]);
  });
});
