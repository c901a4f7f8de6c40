// What has to hold whatever the network does: nobody throws, nobody waits for ever, nothing arrives that was not sent, and
// readers complain in the one way they have.

import { ByteReader } from '../../src/dtls/byte-reader.ts';
import { readCertificateRequest, readCertificates, readSigned } from '../../src/dtls/certificate-messages.ts';
import { readClientHello } from '../../src/dtls/client-hello.ts';
import { DtlsError } from '../../src/dtls/errors.ts';
import { readFragments } from '../../src/dtls/handshake-message.ts';
import { HelloGate } from '../../src/dtls/hello-gate.ts';
import { readClientKeyExchange, readServerKeyExchange } from '../../src/dtls/key-exchange-messages.ts';
import { readRecords } from '../../src/dtls/record.ts';
import { readHelloVerifyRequest, readServerHello } from '../../src/dtls/server-hello.ts';
import { identityOf } from '../../src/node-crypto/keys.ts';
import { peerCertificateOf } from '../../src/node-crypto/peer-certificate.ts';
import { verifyPeerBy } from '../../src/node-crypto/peer-verification.ts';
import { NODE_PRIMITIVES } from '../../src/node-crypto/primitives.ts';
import { issue } from '../support/certificates.ts';
import { DtlsPair } from '../support/dtls-pair.ts';
import { HOST, PSK_CLIENT, PSK_SERVER } from '../support/dtls-parties.ts';
import { randomBySeed } from '../support/random-by-seed.ts';
import { below, mutated, type RandomNumber } from './dtls-mutation.ts';
import { seededPrimitives } from './seeded-primitives.ts';

/** Ed25519 all through: its signatures are the same each time. */
const AUTHORITY = issue({ name: 'fuzz authority', keyType: 'ed25519', isAuthority: true });
const SERVER = issue({ name: 'fuzz server', keyType: 'ed25519', issuer: AUTHORITY, hosts: [HOST] });
const CLIENT = issue({ name: 'fuzz client', keyType: 'ed25519', issuer: AUTHORITY });
const [SERVER_IDENTITY, CLIENT_IDENTITY] = [identityOf(SERVER), identityOf(CLIENT)];
const VERIFY_SERVER = verifyPeerBy({ ca: AUTHORITY.cert }, { purpose: 'server', host: HOST });
const VERIFY_CLIENT = verifyPeerBy({ ca: AUTHORITY.cert }, { purpose: 'client' });

function optionsOf(random: RandomNumber) {
  const primitives = seededPrimitives(random);
  if (random() < 0.5) return { client: { ...PSK_CLIENT, primitives }, server: { ...PSK_SERVER, primitives } };
  return {
    client: { primitives, verifyPeer: VERIFY_SERVER, identity: CLIENT_IDENTITY, serverName: HOST },
    server: {
      primitives,
      identityFor: () => SERVER_IDENTITY,
      verifyPeer: VERIFY_CLIENT,
      clientCertificate: random() < 0.5 ? ('required' as const) : ('requested' as const),
    },
  };
}

/** A handshake and some data over a network that does anything; throws Error when it comes to a bad end. */
export function checkConversation(seed: number): void {
  const random = randomBySeed(seed);
  const rate = [0.02, 0.1, 0.5][below(random, 3)]!;
  const seen: Uint8Array[] = [];
  const { client, server } = optionsOf(random);
  let isQuiet = false;
  const pair = new DtlsPair(client, server, {
    seed,
    loss: random() < 0.5 ? 0.05 : 0,
    reordering: random() < 0.5 ? 0.2 : 0,
    tamper(datagram) {
      seen.push(datagram);
      if (isQuiet || random() >= rate) return [datagram];
      const changed = mutated(datagram, seen, random);
      return random() < 0.5 ? [changed] : [changed, datagram];
    },
  });
  pair.run();
  for (const side of ['client', 'server'] as const) {
    if (pair.outcome(side) === 'handshaking') throw new Error(`the ${side} waits for ever`);
    if (pair.outcome(side) === 'INTERNAL_ERROR')
      throw new Error(`the ${side} failed: ${JSON.stringify(pair.events[side])}`);
  }
  for (let count = 0; count < 5; count++) {
    if (pair.client.state === 'open') pair.did('client', pair.client.send(Buffer.from(`ping ${count}`)));
    if (pair.server?.state === 'open') pair.did('server', pair.server.send(Buffer.from(`pong ${count}`)));
  }
  pair.run();
  checkReceived(pair.received('server'), 'ping');
  checkReceived(pair.received('client'), 'pong');
  if (pair.client.state !== 'open' || pair.server?.state !== 'open') return;
  // Whatever was done to them, they still understand one another.
  isQuiet = true;
  pair.did('client', pair.client.send(Buffer.from('ping end')));
  pair.run();
  checkReceived(pair.received('server'), 'ping');
}

function checkReceived(texts: readonly string[], word: string): void {
  if (new Set(texts).size !== texts.length) throw new Error(`something came twice: ${texts}`);
  const strange = texts.find((text) => !new RegExp(`^${word} (\\d|end)$`).test(text));
  if (strange !== undefined) throw new Error(`nobody sent this: ${strange}`);
}

const READERS: readonly ((body: Uint8Array) => unknown)[] = [
  readClientHello,
  readServerHello,
  readHelloVerifyRequest,
  (body) => readCertificates(body, 10),
  readCertificateRequest,
  (body) => readSigned(new ByteReader(body)),
  (body) => readServerKeyExchange(body, 'certificate'),
  (body) => readServerKeyExchange(body, 'ecdhe-psk'),
  (body) => readServerKeyExchange(body, 'psk'),
  (body) => readClientKeyExchange(body, 'certificate'),
  (body) => readClientKeyExchange(body, 'ecdhe-psk'),
  (body) => readClientKeyExchange(body, 'psk'),
];

/** One datagram, by everybody who may have to read it. */
export function checkDatagram(datagram: Uint8Array): void {
  new HelloGate(NODE_PRIMITIVES, 0).judge(datagram, Uint8Array.of(1), 0);
  for (const { fragment } of readRecords(datagram)) {
    for (const { bytes } of readFragments(fragment)) {
      for (const read of READERS) {
        try {
          read(bytes);
        } catch (error) {
          if (!(error instanceof DtlsError)) throw error;
        }
      }
    }
  }
}

/** A chain with changed bytes: judged, never thrown at. */
export function checkChain(seed: number): void {
  const random = randomBySeed(seed);
  const chain = [SERVER.raw, AUTHORITY.raw].map((der) => {
    let changed = der;
    for (let times = below(random, 4); times > 0 && changed.length > 0; times--)
      changed = mutated(changed, [der], random);
    return changed;
  });
  const verdict = VERIFY_SERVER(chain);
  if (!('refused' in verdict)) peerCertificateOf(chain[0]!);
}
