/** From the options of the command line to those of the MSIP client. Reads the files they name; makes no connection. */
import type { MsipClientOptions } from 'signalbox/msip';
import { CommandError } from '../../command-error.ts';
import { clientOptionsOf } from '../client-assembly.ts';
import type { ConnectionValues } from '../connection-flags.ts';

/** Seconds between two PINGs: as often as MQTT would. */
const DEFAULT_KEEP_ALIVE_S = 60;

interface SessionValues {
  readonly qos?: number | undefined;
  readonly acknowledge?: true | undefined;
}

/** -q 1 and --acknowledge are the same. */
export function isAcknowledged({ qos, acknowledge }: SessionValues): boolean {
  return acknowledge === true || qos === 1;
}

/** An acknowledged session is kept by the server; -c says the same. */
export function sessionOf(values: SessionValues & Pick<ConnectionValues, 'keep-session'>): 'plain' | 'acknowledged' {
  return isAcknowledged(values) || values['keep-session'] === true ? 'acknowledged' : 'plain';
}

/** `session`: messages are to be kept while we are away. Throws CommandError. */
export function msipOptionsOf(values: ConnectionValues, session: 'plain' | 'acknowledged'): MsipClientOptions {
  const { url, username, password, clientId, connectTimeoutMs, transport } = clientOptionsOf(values);
  if (session === 'acknowledged' && clientId === undefined) {
    throw new CommandError('an acknowledged session needs --id: it is found again by it');
  }
  return {
    url,
    username,
    password,
    clientId,
    connectTimeoutMs,
    transport,
    acknowledged: session === 'acknowledged',
    pingInterval: (values['keep-alive'] ?? DEFAULT_KEEP_ALIVE_S) * 1000,
    maxReconnectAttempts: 0,
    reconnectDelay: 1_000,
  };
}
