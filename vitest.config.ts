// Projects. `unit`: no foreign process, runs anywhere. `page`: the client's once more, on the bundle for pages. `e2e`: real sockets and processes of our own, and clients
// from npm. `foreign`: programs of the operating system (Mosquitto); left out where they are not installed.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { pageInPlaceOfSources } from './tools/page-build/in-place-of-sources.ts';

const PURE = [
  ...['bytes', 'mqtt', 'msip', 'datagram', 'routing'].map((folder) => `packages/signalbox/src/${folder}/**`),
  ...['sctp', 'dtls'].map((folder) => `packages/sctp/src/${folder}/**`),
];
const E2E = [
  'packages/*/test/e2e/**/*.test.ts',
  'apps/*/test/*.test.ts',
  'examples/test/**/*.test.ts',
  'tools/test/readme.test.ts',
  // Real sockets and files, or minutes of a broker's life: too long for every check.
  'packages/signalbox/test/transport/{transports,tunnel}.test.ts',
  'packages/signalbox/test/client/store/file-session-store*.test.ts',
  'packages/signalbox/test/fault/broker-fall.test.ts',
  'packages/lmdb/test/gathering-model.test.ts',
];
const FOREIGN = '{packages,apps}/*/test/foreign/**/*.test.ts';
/** Clients and brokers which npm installs need nothing from the operating system. */
const FROM_NPM = ['packages/*/test/foreign/**/mqtt*js*.test.ts'];
/** Against every broker there is; some come with this repository. */
const BROKERS = 'packages/*/test/foreign/client-brokers*.test.ts';
/** Against OpenSSL, GnuTLS and usrsctp: each suite says itself what it misses. */
const SCTP = 'packages/sctp/test/foreign/**/*.test.ts';

const isUnwanted = process.env['SIGNALBOX_WITHOUT_MOSQUITTO'] === '1'; // .ci/run counts those suites on their own
const folders = (process.env['PATH'] ?? '').split(delimiter);
const hasMosquitto = !isUnwanted && folders.some((folder) => existsSync(join(folder, 'mosquitto_pub')));
if (!hasMosquitto && !isUnwanted) {
  process.stderr.write('mosquitto_pub is not installed: the suites against Mosquitto are left out\n');
}

const BROWSER = 'packages/*/test/browser/**/*.test.ts';
const hasBrowser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].some(existsSync);
if (!hasBrowser && !isUnwanted) {
  process.stderr.write('there is no Chromium in /usr/bin: the suite in a real browser is left out\n');
}

const exclude = configDefaults.exclude;

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // Against tests that hang: the longest takes seconds on a machine that does nothing else.
          testTimeout: 30_000,
          // Nothing here has state outside of its objects; a fresh process for each file would double the time.
          isolate: false,
          include: [
            'packages/*/test/**/*.test.ts',
            'apps/*/test/{config,messaging}/**/*.test.ts',
            'tools/test/**/*.test.ts',
            'bench/test/**/*.test.ts',
          ],
          exclude: [...exclude, ...E2E, FOREIGN, BROWSER],
        },
      },
      {
        extends: true,
        plugins: [pageInPlaceOfSources()],
        test: {
          name: 'page',
          testTimeout: 30_000,
          isolate: false,
          include: ['packages/signalbox/test/client/**/*.test.ts'],
          // Its files come when the test says so: that can only be done to the sources.
          exclude: [...exclude, ...E2E, '**/client/publishing/early-messages.test.ts'],
        },
      },
      { extends: true, test: { name: 'e2e', include: E2E, exclude, testTimeout: 30_000 } },
      {
        extends: true,
        test: {
          name: 'foreign',
          include: hasMosquitto ? [FOREIGN] : isUnwanted ? FROM_NPM : [...FROM_NPM, BROKERS, SCTP],
          exclude,
          testTimeout: 30_000,
        },
      },
      ...(hasBrowser && !isUnwanted
        ? [{ extends: true as const, test: { name: 'browser', include: [BROWSER], exclude, testTimeout: 60_000 } }]
        : []),
    ],
    allowOnly: false,
    // What a test waits for is there as soon as it is there; the second that is the default is short for a busy machine.
    expect: { poll: { timeout: 15_000 } },
    // Suites wait for processes and sockets for most of their time: two at a time also where there are two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    coverage: {
      provider: 'v8',
      include: PURE,
      reporter: ['text-summary', 'html', 'json-summary'],
      // A pure layer has no excuse: whatever it does can be driven by a test.
      thresholds: { perFile: true, lines: 100, branches: 100 },
    },
  },
});
