/** The text of `signalbox broker --help`, from the table of options. */
import type { OptionTable } from './option.ts';
import { OPTIONS, OTHER_FLAGS } from './options.ts';
import type { Json } from './value-types.ts';

const LEFT = 30;
const WIDTH = 118;

const HEAD = `signalbox broker — run a broker (MQTT 5.0, 3.1.1 and 3.1, and MSIP)

Usage: signalbox broker [options]

Flags go before variables (SIGNALBOX_LOG_LEVEL for log.level), variables before the file of --config, the file before
defaults. docs/guide/configuration.md has everything the file can say.

Examples:
  # for this machine; what is kept is in ./signalbox-data
  signalbox broker
  # another port, and nothing is kept
  signalbox broker --listen mqtt://127.0.0.1:1884 --data memory:
  # for a network: with users, and TLS
  signalbox passwd passwords alice
  signalbox broker --listen mqtts://0.0.0.0:8883 --tls-cert server.crt --tls-key server.key --password-file passwords
  # from a file, looked at before
  signalbox broker --config broker.yaml --test-config
  signalbox broker --config broker.yaml

Options:
`;

const FOOT = `
Ctrl-C ends the broker: clients are told, then connections close.
`;

export function brokerHelp(): string {
  const table: OptionTable = OPTIONS;
  const rows: string[] = [];
  for (const [flag, { type, help }] of Object.entries(OTHER_FLAGS)) {
    if (flag !== 'help')
      rows.push(row(`--${flag}${type === undefined ? '' : ` ${type.placeholder}`}`, `${help}${more(flag)}`));
  }
  for (const { flag, type, help, default: fallback } of table) {
    if (flag === undefined) continue;
    const placeholder = type.placeholder === undefined ? '' : ` ${type.placeholder}`;
    const words = 'enum' in type.schema ? ` ${upperFirst(type.allowed)}.` : '';
    const repeatable = type.isList === true ? ' Repeatable.' : '';
    rows.push(row(`--${flag}${placeholder}`, `${help}${words}${repeatable}${defaultWords(fallback)}`));
  }
  rows.push(row('--help', OTHER_FLAGS.help.help));
  return HEAD + rows.join('') + FOOT;
}

function more(flag: string): string {
  if (flag !== 'listen') return '';
  return (
    ' mqtt://HOST:PORT, mqtts://HOST:PORT, msip://HOST:PORT, msips://HOST:PORT, ws://HOST:PORT/PATH, ' +
    'wss://HOST:PORT/PATH (subprotocol mqtt or msip) or unix:///PATH. Port 0 takes a free one. Default: mqtt://127.0.0.1:1883, ws://127.0.0.1:8083/mqtt and msip://127.0.0.1:9000, reachable from this machine only'
  );
}

function defaultWords(fallback: Json | undefined): string {
  if (fallback === undefined || fallback === false) return '';
  return ` Default: ${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)}.`;
}

function upperFirst(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The flag on the left, its words on the right, broken at spaces. */
export function row(flag: string, words: string): string {
  const lines = [''];
  for (const word of words.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && LEFT + line.length + word.length + 1 > WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  const left = `  ${flag} `;
  const first = left.length > LEFT ? `${left}\n${' '.repeat(LEFT)}` : left.padEnd(LEFT);
  return `${first}${lines.join(`\n${' '.repeat(LEFT)}`)}\n`;
}
