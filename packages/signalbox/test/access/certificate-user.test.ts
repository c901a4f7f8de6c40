// The name in a certificate.
import { describe, expect, it } from 'vitest';
import { type CertificateName, nameFrom } from '../../src/access/certificate-user.ts';
import type { PeerCertificate } from '../../src/transport/transport.ts';

describe('nameFrom', () => {
  it.each<[CertificateName, Partial<PeerCertificate> | undefined, string | undefined]>([
    ['common-name', { commonName: 'device-1' }, 'device-1'],
    ['common-name', { commonName: undefined }, undefined],
    ['common-name', { commonName: '' }, undefined],
    ['common-name', undefined, undefined],
    ['dns', { subjectAltName: 'IP Address:192.0.2.1, DNS:a.example, DNS:b.example' }, 'a.example'],
    ['uri', { subjectAltName: 'DNS:a, URI:"urn:x, DNS:admin"' }, 'urn:x, DNS:admin'],
    ['dns', { subjectAltName: 'URI:"urn:x, DNS:admin"' }, undefined],
    ['dns', { subjectAltName: 'DNS:"a\\u0000b", DNS:c' }, 'a\0b'],
    ['email', { subjectAltName: 'email:x@example.org' }, 'x@example.org'],
    ['email', { subjectAltName: undefined }, undefined],
    ['dns', { subjectAltName: 'DNS:' }, undefined],
  ])('%s of %j: %j', (from, certificate, expected) => {
    expect(nameFrom(certificate as PeerCertificate | undefined, from)).toBe(expected);
  });
});
