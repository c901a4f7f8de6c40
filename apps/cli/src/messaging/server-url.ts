/** From -L, -h, -p and their like to the one URL of the server, and the topic that an URL of Mosquitto may end with. */
import { resolve } from 'node:path';
import { CommandError } from '../command-error.ts';
import type { ConnectionValues } from './connection-flags.ts';

export interface Server {
  readonly url: string;
  /** What followed the port. */
  readonly topic: string | undefined;
}

const DEFAULT_PATH = '/mqtt';
const DEFAULT_MSIP_PATH = '/msip';

/** Where a path would belong to the server, and cannot be a topic. */
const WITH_TOPIC = /^((?:mqtts?|msips?|tcp|ssl|tls|mqtt\+ssl):\/\/[^/?#]*)(?:\/([^?]*))?(\?.*)?$/i;

type ServerValues = Pick<
  ConnectionValues,
  'url' | 'host' | 'port' | 'protocol' | 'msip' | 'path' | 'unix' | 'tls' | 'cafile' | 'capath' | 'cert' | 'insecure'
>;

/** Throws CommandError when two of them contradict each other. */
export function serverOf(values: ServerValues): Server {
  const { url, host, port, protocol, path, unix } = values;
  const isPart = host !== undefined || port !== undefined || protocol !== undefined || path !== undefined;
  if (unix !== undefined) {
    if (wantsTls(values)) throw new CommandError('--unix has no TLS');
    if (isPart)
      throw new CommandError('--unix is a server of its own: leave --host, --port, --protocol and --path out');
    return { url: `unix://${resolve(unix).split('/').map(encodeURIComponent).join('/')}`, topic: undefined };
  }
  if (url !== undefined && !isPart) {
    if (wantsTls(values) && /^(mqtt|msip|tcp|ws|unix):/i.test(url)) {
      throw new CommandError(`${url.slice(0, url.indexOf(':'))}: has no TLS: use mqtts:, msips: or wss:, or --host`);
    }
    return fromUrl(url);
  }
  const scheme = protocol ?? schemeOf(values);
  const isWebSocket = scheme === 'ws' || scheme === 'wss';
  if (path !== undefined && !isWebSocket) throw new CommandError('--path is for --protocol ws and wss');
  if ((scheme === 'mqtt' || scheme === 'msip' || scheme === 'ws') && wantsTls(values)) {
    throw new CommandError(`--protocol ${scheme} has no TLS: use ${scheme}s`);
  }
  const name = host?.includes(':') === true && !host.startsWith('[') ? `[${host}]` : (host ?? '127.0.0.1');
  const where = port === undefined ? name : `${name}:${port}`;
  return {
    url: `${scheme}://${where}${isWebSocket ? slashed(path ?? (values.msip === true ? DEFAULT_MSIP_PATH : DEFAULT_PATH)) : ''}`,
    topic: undefined,
  };
}

/** Whether MSIP is spoken there. */
export function speaksMsip(values: ServerValues): boolean {
  return (
    values.msip === true ||
    /^msips?:/i.test(values.protocol === undefined ? serverOf(values).url : `${values.protocol}:`)
  );
}

function schemeOf(values: ServerValues): string {
  if (values.msip === true) return wantsTls(values) || values.port === 9001 ? 'msips' : 'msip';
  return wantsTls(values) || values.port === 8883 ? 'mqtts' : 'mqtt';
}

function fromUrl(url: string): Server {
  const [, server, topic, query = ''] = WITH_TOPIC.exec(url) ?? [];
  if (server === undefined) return { url, topic: undefined };
  return { url: server + query, topic: topic === '' ? undefined : topic };
}

function wantsTls({ tls, cafile, capath, cert, insecure }: ServerValues): boolean {
  return [tls, cafile, capath, cert, insecure].some((said) => said !== undefined);
}

function slashed(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}
