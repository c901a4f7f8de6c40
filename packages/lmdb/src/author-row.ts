/**
 * On whose behalf a message is published later, as bytes: JSON behind its length. Nothing of a certificate, which is checked
 * in a handshake and good for one connection.
 */
import type { ClientInfo } from 'signalbox/broker';
import type { RowReader } from './row-reader.ts';

export function authorBytes({ certificate: _, expiresAt: __, ...author }: ClientInfo): Buffer {
  const text = Buffer.from(JSON.stringify(author));
  const bytes = Buffer.allocUnsafe(4 + text.length);
  bytes.writeUInt32BE(text.length, 0);
  text.copy(bytes, 4);
  return bytes;
}

export function readAuthor(row: RowReader): ClientInfo {
  const author = JSON.parse(row.text(row.u32())) as Partial<ClientInfo> & Pick<ClientInfo, 'clientId'>;
  return {
    clientId: author.clientId,
    username: author.username,
    protocolVersion: author.protocolVersion ?? 5,
    remoteAddress: author.remoteAddress ?? '',
    listener: author.listener ?? '',
    certificate: undefined,
    groups: author.groups ?? [],
    acl: author.acl,
    expiresAt: undefined,
  };
}
