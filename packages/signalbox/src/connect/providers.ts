// From the scheme of a URL to who brings carriers for it: what the program has added comes first, then what is built in.

import { connect as connectTransport } from '../transport/connect.ts';
import { listen as listenTransport } from '../transport/listen.ts';
import { connectUdp, listenUdp } from '../transport/udp.ts';
import type {
  Carrier,
  CarrierConnectOptions,
  CarrierListener,
  CarrierListenOptions,
  CarrierProvider,
} from './carrier.ts';
import { ConnectionError } from './connection-error.ts';
import { TransportCarrier } from './transport-carrier.ts';

/** What both sides of a WebSocket agree on. */
const SUBPROTOCOL = 'datagram';

const STREAMS: CarrierProvider = {
  schemes: ['tcp', 'tls', 'unix', 'ws', 'wss'],
  async connect(url: string, options: CarrierConnectOptions): Promise<Carrier> {
    const { signal, ...others } = options;
    const all = { subprotocol: SUBPROTOCOL, ...others, ...(signal === undefined ? {} : { signal }) };
    return new TransportCarrier(await connectTransport(url, withoutUndefined(all)));
  },
  listen(url: string, options: CarrierListenOptions, onCarrier: (carrier: Carrier) => void): Promise<CarrierListener> {
    const { isOpening: _, ...others } = options;
    const all = { subprotocols: [SUBPROTOCOL], ...others };
    return listenTransport(url, withoutUndefined(all), (transport) => onCarrier(new TransportCarrier(transport)));
  },
};

const DATAGRAMS: CarrierProvider = { schemes: ['udp'], connect: connectUdp, listen: listenUdp };

const BUILT_IN: readonly CarrierProvider[] = [STREAMS, DATAGRAMS];

/** Throws ConnectionError `UNKNOWN_SCHEME`. */
export function providerOf(url: string, added: readonly CarrierProvider[] = []): CarrierProvider {
  const all = [...added, ...BUILT_IN];
  const scheme = /^[a-z][a-z0-9+.-]*(?=:)/i.exec(url)?.[0].toLowerCase();
  const provider = all.find(({ schemes }) => scheme !== undefined && schemes.includes(scheme));
  if (provider !== undefined) return provider;
  const known = all.flatMap(({ schemes }) => schemes).map((one) => `${one}://`);
  const written = scheme === undefined ? 'there is none' : `${scheme}:// is none of them`;
  throw new ConnectionError('UNKNOWN_SCHEME', `the URL must begin with ${known.join(', ')}; ${written}`);
}

/** Options that are there and undefined are as good as absent. */
function withoutUndefined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const present = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { [K in keyof T]: Exclude<T[K], undefined> };
}
