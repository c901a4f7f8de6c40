// The primitives with keys and randoms by a seed, so that a finding can be had again. For tests alone: nobody is safe with it.

import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import type { Primitives } from '../../src/dtls/primitives.ts';
import { NODE_PRIMITIVES } from '../../src/node-crypto/primitives.ts';

const PRIVATE_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

export function seededPrimitives(random: () => number): Primitives {
  const bytes = (size: number) => Uint8Array.from({ length: size }, () => Math.floor(random() * 256));
  return {
    ...NODE_PRIMITIVES,
    random: bytes,
    keyShare(group) {
      if (group !== 'x25519') return NODE_PRIMITIVES.keyShare(group);
      const key = Buffer.concat([PRIVATE_PREFIX, bytes(32)]);
      const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
      const encoded = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
      return {
        publicKey: new Uint8Array(encoded.subarray(PUBLIC_PREFIX.length)),
        agree(peer) {
          if (peer.length !== 32) return undefined;
          try {
            const der = Buffer.concat([PUBLIC_PREFIX, peer]);
            const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
            return diffieHellman({ privateKey, publicKey });
          } catch {
            return undefined;
          }
        },
      };
    },
  };
}
