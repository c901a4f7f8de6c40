// Somebody else who listens on a port already.
import { type AddressInfo, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

export async function startListener(): Promise<{ readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return { port: (server.address() as AddressInfo).port };
}
