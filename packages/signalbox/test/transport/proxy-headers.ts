// Headers of the PROXY protocol for tests, and a proxy that sends one before it passes everything on.

import net from 'node:net';
import { onTestFinished } from 'vitest';

export const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

/** Version 2: command and version, family and protocol, and what follows in hexadecimal digits. */
export function binaryHeader(command: number, family: number, rest: string, length?: number): Buffer {
  const tail = Buffer.from(rest.replaceAll(' ', ''), 'hex');
  const size = length ?? tail.length;
  return Buffer.concat([SIGNATURE, Buffer.from([command, family, size >> 8, size & 0xff]), tail]);
}

/** 192.0.2.1:50123 to 192.0.2.2:1883 */
export const IPV4 = 'c0000201 c0000202 c3cb 075b';
/** [2001:db8::1]:50123 to [2001:db8::2]:1883 */
export const IPV6 = '20010db8000000000000000000000001 20010db8000000000000000000000002 c3cb 075b';

export const LINE = Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 50123 1883\r\n', 'latin1');

/** TLS with a certificate of this connection, verified, of device-1. */
export const VERIFIED = '20 0010 03 00000000 22 0008 6465766963652d31';

/** A port which passes connections on to `target`, each with `header` before it. */
export async function frontProxy(target: string | number, header: Buffer): Promise<number> {
  const sockets = new Set<net.Socket>();
  const proxy = net.createServer((near) => {
    const far = typeof target === 'string' ? net.connect({ path: target }) : net.connect(target, '127.0.0.1');
    far.write(header);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  return (proxy.address() as net.AddressInfo).port;
}
