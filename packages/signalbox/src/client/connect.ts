// From options to a client that connects. What differs between Node and browsers, the dialling, is an argument.

import { Client } from './client.ts';
import type { ClientOptions } from './client-options.ts';
import { ClientMachine, type Platform } from './machine.ts';
import { invalid, prepareForUrls, readAddress } from './server-address.ts';

/** Makes a client. */
export async function connectWith(
  platform: Platform,
  url: string | ClientOptions,
  given: ClientOptions = {},
): Promise<Client> {
  const named: ClientOptions = typeof url === 'string' ? { ...given, url } : (url ?? {});
  const servers = [named.url, ...(named.servers ?? [])].filter((server) => server !== undefined);
  const [first] = servers;
  if (first === undefined) throw invalid('a client needs a URL, such as mqtt://127.0.0.1:1883');
  await prepareForUrls(servers);
  const { username: _, password: __, ...further } = readAddress(first).options; // credentials belong to their server
  const options: ClientOptions = { ...further, ...defined(named), url: first };
  platform.check(options);
  for (const server of servers) readAddress(server);
  options.signal?.throwIfAborted();
  const machine = new ClientMachine(options, servers, platform);
  const client = new Client(machine);
  const onAbort = (): void => {
    machine.lifecycle.stop(options.signal?.reason); // what connect() rejects with
    void client.close({ flush: false });
  };
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const stopListening = listenForNetwork(() => machine.lifecycle.hurry());
  void machine.closed.promise.then(() => {
    options.signal?.removeEventListener('abort', onAbort);
    stopListening();
  });
  void machine.lifecycle.run();
  if (options.awaitConnection === false || options.drive === 'polled') return client;
  try {
    await machine.lifecycle.firstConnection;
  } catch (error) {
    throw options.signal?.aborted === true ? options.signal.reason : error;
  }
  return client;
}

/** Without what is given as undefined: that is the same as not given. */
function defined(options: ClientOptions): ClientOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** A browser's window. */
interface EventSource {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** Where the platform tells that there is a network again, no time is to be lost. */
function listenForNetwork(onOnline: () => void): () => void {
  const platform = globalThis as Partial<EventSource>;
  platform.addEventListener?.('online', onOnline);
  return () => platform.removeEventListener?.('online', onOnline);
}
