// A client behind a proxy, as the broker sees it: its address in hooks, limits and counters, and the certificate which the
// proxy has verified.
import net from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { ClientInfo } from '../../src/broker/hooks.ts';
import { writePacket } from '../../src/mqtt/packets/packet.ts';
import { startBroker } from '../support/test-broker.ts';
import { binaryHeader, IPV4, LINE, VERIFIED } from '../transport/proxy-headers.ts';

const CONNECT = writePacket({ type: 'connect', clientId: 'proxied' }, { protocolVersion: 5, packetIdentifierSize: 2 });

it('a client behind a proxy has its own address and certificate, and its own limits', async () => {
  const seen: ClientInfo[] = [];
  const authenticate = (client: ClientInfo) => seen.push(client) > 0;
  const { broker } = await startBroker({ hooks: { authenticate }, limits: { connectionsPerAddress: 1 } });
  const { url } = await broker.listen('mqtt://127.0.0.1:0', { proxyProtocol: 'required' });
  const knock = async (header: Buffer): Promise<Buffer> => {
    const socket = net.connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
    onTestFinished(() => void socket.destroy());
    socket.write(Buffer.concat([header, CONNECT]));
    return new Promise((resolve) => {
      socket.once('data', resolve);
      socket.once('close', () => resolve(Buffer.alloc(0)));
    });
  };
  expect((await knock(binaryHeader(0x21, 0x11, IPV4 + VERIFIED)))[0]).toBe(0x20);
  expect(seen).toMatchObject([{ remoteAddress: '192.0.2.1:50123', certificate: { commonName: 'device-1' } }]);
  expect(await knock(LINE)).toHaveLength(0); // the same address
  expect(broker.statistics.turnedAway).toEqual({ 'connections-of-address': 1 });
  expect((await knock(Buffer.from('PROXY TCP4 192.0.2.9 192.0.2.2 1 1883\r\n')))[0]).toBe(0x20);
  expect(seen[1]).toMatchObject({ remoteAddress: '192.0.2.9:1', certificate: undefined });
});
