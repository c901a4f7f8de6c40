// The code of docs/guide/sctp-security.md, as it stands.
import type { Connection, ConnectionListener } from 'signalbox/connect';
import { expect, it } from 'vitest';
import { codeOf, runCode } from '../../../signalbox/test/support/document-code.ts';
import { issue } from '../support/certificates.ts';
import { AUTHORITY, clientCertificate } from '../support/dtls-parties.ts';

it('a server and a client that know one another', async () => {
  const [code = ''] = codeOf('guide/sctp-security.md');
  const own = issue({ name: 'here', issuer: AUTHORITY, hosts: ['localhost'] });
  const alice = clientCertificate();
  const given = { ...own.pem, ca: AUTHORITY.cert, clientCert: alice.cert, clientKey: alice.key };
  const [listener, connection] = await runCode(code, given, 'listener', 'connection');
  expect((connection as Connection).peerCertificate()?.commonName).toBe('here');
  await (connection as Connection).close();
  await (listener as ConnectionListener).close();
});
