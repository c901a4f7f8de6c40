// Certificates as files, for programs that take nothing else. Gone with the process that made them.

import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Issued } from './certificates.ts';

export class CertificateFiles implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'signalbox-dtls-'));

  write(name: string, { cert, key }: Issued): { cert: string; key: string } {
    const paths = { cert: join(this.#folder, `${name}.crt`), key: join(this.#folder, `${name}.key`) };
    writeFileSync(paths.cert, cert);
    writeFileSync(paths.key, key, { mode: 0o600 });
    return paths;
  }

  text(name: string, content: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** A UDP port of 127.0.0.1 nobody has at the moment. */
export function freeUdpPort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
