/** `signalbox trace`: the packets of one client, or of one filter, as they pass through a running broker. */
import { get, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { CommandError } from './command-error.ts';
import { printable } from './printable.ts';
import { readSecret } from './secret-file.ts';

const DEFAULT_ADMIN_URL = 'http://127.0.0.1:9883';

const HELP = `signalbox trace — watch decoded packets of a running broker

Usage: signalbox trace --client ID | --topic FILTER [options]

Examples:
  # what one client says and is told; the broker was started with --admin http://127.0.0.1:9883
  signalbox trace --client sensor-7
  # who publishes alarms, and who gets them, as JSON
  signalbox trace --topic 'building/+/alarm' --json

Options:
  --client ID             packets of this client, both ways
  --topic FILTER          messages whose Topic Name matches, from and to everybody
  --admin URL             the broker's admin address (its --admin). Default: ${DEFAULT_ADMIN_URL}
  --admin-token-file FILE the token that it wants
  --limit N               at most so many packets a second; what is more is counted. Default: 1000
  --preview BYTES         how much of a payload is shown, from 0 to 1024. Default: 32
  --json                  lines of JSON as they come
  --help                  this text

→ is what the broker received, ← what it sent. Passwords are masked. Ctrl-C ends it.
`;

interface TraceLine {
  readonly at: string;
  readonly clientId: string;
  readonly direction: 'received' | 'sent';
  readonly leftOut: number;
  readonly text: string;
}

/** Answers the exit code when the broker ends the trace. */
export async function trace(args: readonly string[]): Promise<number> {
  const values = parse(args);
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.client === undefined && values.topic === undefined) {
    throw new CommandError('--client or --topic says what to trace; see signalbox trace --help');
  }
  const admin = values.admin ?? DEFAULT_ADMIN_URL;
  const response = await ask(urlOf(admin, values), tokenOf(values['admin-token-file']), admin);
  process.once('SIGINT', () => response.destroy());
  try {
    for await (const line of createInterface({ input: response })) {
      if (line !== '') process.stdout.write(values.json === true ? `${line}\n` : readable(line));
    }
  } catch (error) {
    if (!response.destroyed) throw error;
  }
  return 0;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        client: { type: 'string' },
        topic: { type: 'string' },
        admin: { type: 'string' },
        'admin-token-file': { type: 'string' },
        limit: { type: 'string' },
        preview: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    const [message = ''] = String((error as Error).message).split('. To specify');
    throw new CommandError(`${message}; see signalbox trace --help`);
  }
}

function urlOf(admin: string, values: ReturnType<typeof parse>): URL {
  if (!URL.canParse('/api/v1/trace', admin) || !admin.startsWith('http://')) {
    throw new CommandError(`--admin ${admin}: must be http://HOST:PORT`);
  }
  const url = new URL('/api/v1/trace', admin);
  const { client, topic, limit, preview } = values;
  for (const [name, value] of Object.entries({ clientId: client, topicFilter: topic, limit, preview })) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
}

function tokenOf(file: string | undefined): Record<string, string> {
  return file === undefined ? {} : { authorization: `Bearer ${readSecret(file, '--admin-token-file')}` };
}

async function ask(url: URL, headers: Record<string, string>, admin: string): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers, agent: false }, resolve).once('error', (error: NodeJS.ErrnoException) => {
      const hint = error.code === 'ECONNREFUSED' ? '; is it a broker that was started with --admin?' : '';
      reject(new CommandError(`${admin} does not answer: ${error.code ?? error.message}${hint}`));
    });
  });
  if (response.statusCode === 200) return response;
  throw new CommandError(`${admin}: ${await refusalOf(response)}`);
}

async function refusalOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) {
    text += String(chunk);
    if (text.length > 10_000) break; // not ours
  }
  try {
    return printable((JSON.parse(text) as { error: { message: string } }).error.message);
  } catch {
    return `HTTP ${response.statusCode}`;
  }
}

/** Names and texts come from clients, by way of the broker. */
function readable(line: string): string {
  const { at, clientId, direction, leftOut, text } = JSON.parse(line) as TraceLine;
  const missing = leftOut > 0 ? `             … ${leftOut} packets left out\n` : '';
  const arrow = direction === 'received' ? '→' : '←';
  return `${missing}${at.slice(11, 23)} ${printable(clientId)} ${arrow} ${printable(text)}\n`;
}
