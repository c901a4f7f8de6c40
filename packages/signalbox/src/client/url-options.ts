// What URLs have that are not of a WebSocket: other spellings of their schemes, and options of the client behind `?`. Loaded
// for them; so it imports nothing that the client has already.

/** How others write the schemes. */
const SCHEMES: Readonly<Record<string, string>> = {
  'tcp:': 'mqtt:',
  'ssl:': 'mqtts:',
  'tls:': 'mqtts:',
  'mqtt+ssl:': 'mqtts:',
};

/** Makes the error for a URL that cannot be read. */
type Failure = (message: string) => Error;

function readNumber(text: string, failure: Failure): number {
  const value = Number(text);
  if (text === '' || Number.isNaN(value)) throw failure(`'${text}' is no number`);
  return value;
}

const READERS: Readonly<Record<string, (text: string, failure: Failure) => unknown>> = {
  clientId: String,
  keepAlive: readNumber,
  protocolVersion: readNumber,
  cleanStart: (text) => text !== 'false' && text !== '0',
  sessionExpiryInterval: readNumber,
  connectTimeoutMs: readNumber,
};

/** The scheme as the transports know it, with its colon; whether they do is for them to say. */
export function ownScheme(scheme: string, failure: Failure): string {
  if (scheme.startsWith('msip')) throw failure(`this client speaks MQTT, not ${scheme}//`);
  return SCHEMES[scheme] ?? scheme;
}

/** The options of a query, `?name=value&…` or nothing. */
export function readQuery(query: string, failure: Failure): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const read = READERS[name];
    if (read === undefined) throw failure(`a URL has no option '${name}': ${Object.keys(READERS).join(', ')}`);
    options[name] = read(value, failure);
  }
  return options;
}
