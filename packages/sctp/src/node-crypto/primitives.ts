// The cryptography DTLS needs, by node:crypto. The only file that encrypts, and the only source of randomness.

import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { GROUPS, type Group } from '../dtls/groups.ts';
import type { Aead, KeyShare, Primitives } from '../dtls/primitives.ts';
import { TAG_SIZE } from '../dtls/record.ts';

export const NODE_PRIMITIVES: Primitives = {
  random: (size) => randomBytes(size),
  hash: (name, bytes) => createHash(name).update(bytes).digest(),
  hmac: (name, key, bytes) => createHmac(name, key).update(bytes).digest(),
  isEqual: (left, right) => left.length === right.length && timingSafeEqual(left, right),
  aead: aesGcm,
  keyShare: (group) => (group === 'x25519' ? x25519() : ellipticCurve(group)),
};

function aesGcm(key: Uint8Array): Aead {
  const cipherName = key.length === 32 ? 'aes-256-gcm' : 'aes-128-gcm';
  const options = { authTagLength: TAG_SIZE };
  return {
    seal({ nonce, additional, plain }, target, at) {
      const cipher = createCipheriv(cipherName, key, nonce, options);
      cipher.setAAD(additional);
      target.set(cipher.update(plain), at);
      cipher.final();
      target.set(cipher.getAuthTag(), at + plain.length);
    },
    open({ nonce, additional, sealed }) {
      const end = sealed.length - TAG_SIZE;
      const decipher = createDecipheriv(cipherName, key, nonce, options);
      decipher.setAAD(additional);
      decipher.setAuthTag(sealed.subarray(end));
      const plain = decipher.update(sealed.subarray(0, end));
      try {
        decipher.final();
        return plain;
      } catch {
        return undefined;
      }
    },
  };
}

/** SubjectPublicKeyInfo of an X25519 key, up to the key itself. RFC 8410, §4 */
const X25519_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

function x25519(): KeyShare {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const encoded = publicKey.export({ type: 'spki', format: 'der' });
  return {
    publicKey: new Uint8Array(encoded.subarray(X25519_PREFIX.length)),
    agree(peer) {
      if (peer.length !== GROUPS.x25519.publicKeySize) return undefined;
      try {
        const key = Buffer.concat([X25519_PREFIX, peer]);
        const secret = diffieHellman({ privateKey, publicKey: createPublicKey({ key, format: 'der', type: 'spki' }) });
        // Points of small order would let the peer choose the secret. RFC 8422, §5.11
        return secret.every((byte) => byte === 0) ? undefined : secret;
      } catch {
        return undefined;
      }
    },
  };
}

const CURVES = { secp256r1: 'prime256v1', secp384r1: 'secp384r1' } as const;
const UNCOMPRESSED = 4;

function ellipticCurve(group: Exclude<Group, 'x25519'>): KeyShare {
  const own = createECDH(CURVES[group]);
  const publicKey = new Uint8Array(own.generateKeys());
  return {
    publicKey,
    agree(peer) {
      if (peer.length !== GROUPS[group].publicKeySize || peer[0] !== UNCOMPRESSED) return undefined;
      try {
        return own.computeSecret(peer); // refuses points that are not on the curve
      } catch {
        return undefined;
      }
    },
  };
}
