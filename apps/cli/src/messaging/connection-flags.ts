/** The options pub, sub and rr have in common: the server, who we are, TLS, the will. Short flags are Mosquitto's. */
import type { FlagTable, FlagValues } from './flag-table.ts';
import { choice, header, integer, protocolVersion, qos, sessionExpiry, switchedOn, text } from './kinds.ts';
import { property } from './property-words.ts';

export const SERVER_FLAGS = [
  {
    flag: 'url',
    short: 'L',
    variable: 'SIGNALBOX_URL',
    kind: text('URL'),
    help:
      'The server: mqtt://, mqtts://, msip://, msips://, ws://, wss:// or unix://, with user and password if need be. What ' +
      'follows the port is a topic, but for ws:// and wss://.',
  },
  { flag: 'host', short: 'h', also: ['hostname'], kind: text('HOST'), help: 'The server. Default: 127.0.0.1.' },
  {
    flag: 'port',
    short: 'p',
    kind: integer('PORT', 1, 65_535),
    help: 'Its port. Default: 1883, with TLS 8883, for msip 9000, for msips 9001, for ws 80 and for wss 443.',
  },
  {
    flag: 'protocol',
    kind: choice('WHAT', 'mqtt', 'mqtts', 'msip', 'msips', 'ws', 'wss'),
    help:
      'How to talk to HOST: mqtt, mqtts, msip, msips, ws or wss. Default: mqtt, and mqtts with an option of TLS or port 8883; ' +
      'with --msip msip and msips.',
  },
  {
    flag: 'msip',
    kind: switchedOn(),
    help: 'Speak MSIP, as msip and msips do by themselves: for ws, wss and Unix sockets.',
  },
  { flag: 'path', kind: text('PATH'), help: 'The path of ws and wss. Default: /mqtt, with --msip /msip.' },
  { flag: 'unix', kind: text('PATH'), help: 'A Unix socket instead of HOST and PORT.' },
  {
    flag: 'header',
    kind: header(),
    isRepeatable: true,
    help: 'A header for the opening request of ws and wss.',
  },
  {
    flag: 'proxy',
    variable: 'SIGNALBOX_PROXY',
    kind: text('URL'),
    help: 'Connect through this proxy: http://, https:// or socks5://, with user and password if need be.',
  },
  {
    flag: 'connect-timeout',
    kind: integer('S', 1, 3600),
    help: 'How long connecting may take. Default: 30.',
  },
] as const satisfies FlagTable;

export const SESSION_FLAGS = [
  { flag: 'username', short: 'u', variable: 'SIGNALBOX_USERNAME', kind: text('USER'), help: 'The user name.' },
  {
    flag: 'password',
    short: 'P',
    also: ['pw'],
    variable: 'SIGNALBOX_PASSWORD',
    kind: text('PASSWORD'),
    help: 'The password; everybody on this machine can see it in the list of processes. SIGNALBOX_PASSWORD and the next one hide it.',
  },
  { flag: 'password-file', kind: text('FILE'), help: 'The password is what is in this file.' },
  { flag: 'scram', kind: switchedOn(), help: 'Prove the password by SCRAM-SHA-256 and do not send it. MQTT 5.0 only.' },
  {
    flag: 'id',
    short: 'i',
    also: ['client-id', 'clientid'],
    kind: text('ID'),
    help: 'The client identifier. Default: made up.',
  },
  { flag: 'id-prefix', short: 'I', kind: text('PREFIX'), help: 'The client identifier is this and the process id.' },
  {
    flag: 'keep-session',
    short: 'c',
    also: ['no-clean', 'disable-clean-session'],
    kind: switchedOn(),
    help: 'Go on with the session of this client identifier, and leave it behind. It needs --id.',
  },
  {
    flag: 'session-expiry',
    short: 'x',
    also: ['session-expiry-interval'],
    kind: sessionExpiry(),
    help: 'How long the server keeps the session, -1 for ever. Default: for ever with -c, else until this command ends. MQTT 5.0 only.',
  },
  {
    flag: 'keep-alive',
    short: 'k',
    also: ['keepalive'],
    kind: integer('S', 0, 65_535),
    help: 'Seconds without a packet after which the server is asked whether it is there. Default: 60.',
  },
  {
    flag: 'protocol-version',
    short: 'V',
    kind: protocolVersion(),
    help: '5 or 311. Default: 5, and 3.1.1 when the server knows no other.',
  },
  {
    flag: 'property',
    short: 'D',
    kind: property(),
    isRepeatable: true,
    help:
      'A property of MQTT 5.0 for the packets connect, publish, subscribe, disconnect or will, as in -D publish content-type ' +
      'text/plain; a user-property has a name and a value.',
  },
] as const satisfies FlagTable;

/** Where the URL says whether there is TLS. */
export const TLS_FILE_FLAGS = [
  { flag: 'cafile', also: ['ca'], kind: text('FILE'), help: 'Use TLS, and trust the authorities in this file (PEM).' },
  {
    flag: 'capath',
    kind: text('FOLDER'),
    help: 'Use TLS, and trust the authorities in the files *.pem and *.crt of this folder.',
  },
  { flag: 'cert', kind: text('FILE'), help: 'The certificate of this client (PEM); it goes together with --key.' },
  { flag: 'key', kind: text('FILE'), help: 'Its private key (PEM).' },
  { flag: 'key-password-file', kind: text('FILE'), help: 'The password of the private key is what is in this file.' },
  {
    flag: 'insecure',
    kind: switchedOn(),
    help: 'Do not look at the certificate of the server at all: anybody can be it. For experiments.',
  },
  {
    flag: 'servername',
    kind: text('NAME'),
    help: 'The name to ask for and to find in the certificate. Default: HOST.',
  },
  {
    flag: 'tls-version',
    kind: choice('VERSION', 'tlsv1.3', 'tlsv1.2'),
    help: 'Only this version: tlsv1.3 or tlsv1.2.',
  },
  { flag: 'ciphers', kind: text('LIST'), help: 'The ciphers to use, as OpenSSL writes them.' },
] as const satisfies FlagTable;

export const TLS_FLAGS = [
  {
    flag: 'tls',
    also: ['tls-use-os-certs'],
    kind: switchedOn(),
    help: 'Use TLS, and trust the authorities Node brings along.',
  },
  ...TLS_FILE_FLAGS,
] as const satisfies FlagTable;

export const WILL_FLAGS = [
  {
    flag: 'will-topic',
    kind: text('TOPIC'),
    help: 'The server publishes a message to this topic when the connection ends without a good-bye.',
  },
  { flag: 'will-payload', also: ['will-message'], kind: text('TEXT'), help: 'Its payload. Default: empty.' },
  { flag: 'will-qos', kind: qos(), help: 'Its QoS. Default: 0.' },
  { flag: 'will-retain', kind: switchedOn(), help: 'It is retained.' },
] as const satisfies FlagTable;

export const OTHER_FLAGS = [
  {
    flag: 'debug',
    short: 'd',
    kind: switchedOn(),
    help: 'Print every packet, and every change of the connection, to standard error.',
  },
  { flag: 'quiet', kind: switchedOn(), help: 'Print nothing to standard error: the exit code tells.' },
  { flag: 'help', short: 'H', kind: switchedOn(), help: 'This text.' },
] as const satisfies FlagTable;

export const CONNECTION_FLAGS = [
  ...SERVER_FLAGS,
  ...SESSION_FLAGS,
  ...TLS_FLAGS,
  ...WILL_FLAGS,
  ...OTHER_FLAGS,
] as const satisfies FlagTable;

export type ConnectionValues = FlagValues<typeof CONNECTION_FLAGS>;
