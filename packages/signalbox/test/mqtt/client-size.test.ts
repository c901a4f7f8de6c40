// What a program loads that is only an MQTT client: its size has a bound, and nothing of a server's half is in it
// (docs/decisions/0042-two-halves.md).
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildSync, type Metafile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';

const INDEX = fileURLToPath(new URL('../../src/mqtt/index.ts', import.meta.url));

interface Bundle {
  readonly text: string;
  /** Files of which at least one byte is there, without folders. */
  readonly files: readonly string[];
  readonly gzipped: number;
}

/** A program that takes one name from `signalbox/mqtt`, as bundlers make it for a browser. */
function bundleOf(name: string): Bundle {
  const { outputFiles, metafile } = buildSync({
    stdin: { contents: `export { ${name} } from ${JSON.stringify(INDEX)};`, resolveDir: '/' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const [output] = Object.values((metafile as Metafile).outputs);
  const files = Object.entries(output!.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return {
    text: outputFiles[0]!.text,
    files: files.map(([path]) => path.split('/').at(-1)!),
    gzipped: gzipSync(outputFiles[0]!.contents, { level: 9 }).length,
  };
}

describe('a program with ClientConnection alone', () => {
  let client: Bundle;
  let both: Bundle;

  beforeAll(() => {
    client = bundleOf('ClientConnection');
    both = bundleOf('Connection');
  });

  it('loads at most 22,700 bytes, minified and compressed', () => {
    expect(client.gzipped).toBeLessThanOrEqual(22_700);
  });

  it('has nothing of the server in it', () => {
    const ofServer = ['server-half.ts', 'server-handshake.ts', 'server-early.ts', 'read-connect.ts', 'connection.ts'];
    const forBrokers = ['publish-properties.ts', 'connection-explain.ts', 'writer.ts', 'packet.ts', 'packet-json.ts'];
    for (const file of [...ofServer, ...forBrokers]) expect(client.files).not.toContain(file);
    for (const file of ofServer) expect(both.files).toContain(file);
  });

  it.each([
    'a server sends no sessionExpiryInterval',
    'the protocol name is not MQTT',
    'there is no Topic Filter',
    'the client needs an assignedClientIdentifier',
    'bytes before CONNACK',
    'no shared subscriptions here',
    'WildcardSubscriptionsNotSupported',
  ])('does not say “%s”', (words) => {
    expect(client.text).not.toContain(words);
  });

  it('says what a client says', () => {
    expect(client.text).toContain('a server sends no DISCONNECT before MQTT 5.0');
  });
});
