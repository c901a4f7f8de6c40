// @signalbox/sctp in the SCTP benchmark, as a program would use it: carriers of sctp() or, with the paths of a certificate and
// its key behind the other arguments, of dtlsSctp(), which both sides show and verify.

import { readFileSync } from 'node:fs';
import { dtlsSctp, sctp } from '@signalbox/sctp';
import { Counter, Course, loss, messageOf, port, role } from './contest.mjs';
import { loseBySeed } from './lossy.mjs';

loseBySeed(loss, role === 'send' ? 7 : 11);
const [cert = '', key = ''] = process.argv.slice(7).map((path) => readFileSync(path, 'utf8'));
const tls = { ca: cert, cert, key, ...(role === 'receive' ? { requestCert: true } : {}) };
const provider = cert === '' ? sctp() : dtlsSctp({ tls });
const url = `${provider.schemes[0]}://127.0.0.1:${port}`;

if (role === 'receive') {
  const limits = {
    maximumConnections: 1,
    maximumHandshakes: 1,
    handshakeTimeoutMs: 30_000, // at a loss of 10 % flights are repeated, after 1, 2, 4 seconds
    tls: undefined,
    isOpening: () => true,
  };
  await provider.listen(url, limits, (carrier) => {
    const counter = new Counter();
    carrier.start({
      onBytes: (bytes) => {
        const answer = counter.take(bytes);
        if (answer !== undefined) carrier.write(answer);
      },
      onDrain: () => {},
      onEnd: () => {},
      onClose: () => process.exit(0),
    });
  });
  console.log('ready');
} else {
  const carrier = await provider.connect(url, { connectTimeoutMs: 30_000, signal: undefined, tls: undefined });
  const course = new Course();
  const pump = () => {
    for (let number = course.next(); number !== undefined; number = course.next()) {
      if (!carrier.write(messageOf(number))) return;
    }
  };
  carrier.start({
    onBytes: (bytes) => course.onAnswer(bytes, pump),
    onDrain: pump,
    onEnd: () => {},
    onClose: () => process.exit(1),
  });
  pump();
}
