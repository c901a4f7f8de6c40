// docs/errors.md against the code: every code, reason and limit is there once, and nothing else is.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ACCESS_ERRORS } from '../../src/access/access-error.ts';
import { ADMIN_ERRORS } from '../../src/admin/answer.ts';
import { TURNED_AWAY } from '../../src/broker/admission/gate.ts';
import type { LossReason, RefusalReason } from '../../src/broker/observation/loss-reasons.ts';
import type { StoreErrorCode } from '../../src/broker/store/store-error.ts';
import { CLIENT_ERRORS } from '../../src/client/client-errors.ts';
import { SESSION_STORE_ERRORS } from '../../src/client/store/session-store-error.ts';
import { CONNECTION_ERRORS } from '../../src/connect/connection-error.ts';
import { DATAGRAM_ERRORS } from '../../src/datagram/errors.ts';
import type { DroppedReason } from '../../src/mqtt/connection-events.ts';
import { PACKET_ERRORS, USAGE_ERRORS } from '../../src/mqtt/errors.ts';
import { FRAME_ERRORS, MSIP_USAGE_ERRORS } from '../../src/msip/errors.ts';
import { MSIP_CLIENT_ERRORS } from '../../src/msip-client/client-errors.ts';
import { DROP_REASONS } from '../../src/routing/drop-reasons.ts';
import type { TransportErrorCode } from '../../src/transport/transport-error.ts';

// Lists that exist as types only: the compiler sees to it that these are all of them, and no more.
const TRANSPORT_ERRORS: Readonly<Record<TransportErrorCode, true>> = {
  BAD_URL: true,
  BAD_OPTIONS: true,
  TLS_OPTIONS: true,
  ADDRESS_IN_USE: true,
  ADDRESS_NOT_AVAILABLE: true,
  PERMISSION_DENIED: true,
  LISTEN_FAILED: true,
  HOST_NOT_FOUND: true,
  CONNECTION_REFUSED: true,
  TLS_FAILED: true,
  WEBSOCKET_FAILED: true,
  CONNECT_TIMEOUT: true,
  CONNECT_ABORTED: true,
  CONNECT_FAILED: true,
  PROXY_UNREACHABLE: true,
  PROXY_AUTHENTICATION_FAILED: true,
  PROXY_REFUSED: true,
  PROXY_TARGET_UNREACHABLE: true,
  PROXY_FAILED: true,
  TEXT_FRAME: true,
  RECEIVE_BUFFER_FULL: true,
};
const STORE_ERRORS: Readonly<Record<StoreErrorCode, true>> = {
  STORE_FULL: true,
  STORE_FAILED: true,
  STORE_IN_USE: true,
  STORE_DAMAGED: true,
  STORE_FOREIGN: true,
  STORE_VERSION: true,
  STORE_CLOSED: true,
};
const REFUSALS: Readonly<Record<RefusalReason, true>> = {
  'not-authorized': true,
  'refused-by-hook': true,
  'too-many-levels': true,
  'retained-full': true,
  'delayed-full': true,
  'delay-not-allowed': true,
  'store-failing': true,
};
const GIVEN_UP: Readonly<Record<DroppedReason, true>> = {
  'session-lost': true,
  'session-ended': true,
  'packet-too-large': true,
  'not-supported': true,
  expired: true,
};
const LOSSES: readonly LossReason[] = [...DROP_REASONS, ...(Object.keys(REFUSALS) as RefusalReason[])];

const DOCUMENT = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8');

/** The cells of the table under the heading that begins like this, without its head. */
function table(heading: string): string[][] {
  const section = DOCUMENT.split(/^## /m).find((text) => text.startsWith(heading));
  if (section === undefined) throw new Error(`no section ${heading}`);
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function codes(heading: string): string[] {
  return table(heading).map(([code = '']) => code.replace(/^`(.+)`$/, '$1'));
}

describe('docs/errors.md', () => {
  it.each([
    ['PacketError', Object.keys(PACKET_ERRORS)],
    ['UsageError', USAGE_ERRORS],
    ['ClientError', CLIENT_ERRORS],
    ['DatagramError', DATAGRAM_ERRORS],
    ['ConnectionError', CONNECTION_ERRORS],
    ['FrameError', FRAME_ERRORS],
    ['MsipUsageError', MSIP_USAGE_ERRORS],
    ['MsipClientError', MSIP_CLIENT_ERRORS],
    ['TransportError', Object.keys(TRANSPORT_ERRORS)],
    ['StoreError', Object.keys(STORE_ERRORS)],
    ['SessionStoreError', SESSION_STORE_ERRORS],
    ['AccessError', ACCESS_ERRORS],
    ['Messages a broker lost', LOSSES],
    ['Messages a Connection gave up', Object.keys(GIVEN_UP)],
    ['Limits of a broker', TURNED_AWAY],
    ['AdminErrorCode', Object.keys(ADMIN_ERRORS)],
  ])('%s: has every one, in the order of the code, and nothing else', (heading, expected) => {
    expect(codes(heading)).toEqual(expected);
  });

  it('has the reason code of every PacketError', () => {
    const documented = table('PacketError').map(([code = '', reasonCode]) => [code.slice(1, -1), Number(reasonCode)]);
    expect(Object.fromEntries(documented)).toEqual(PACKET_ERRORS);
  });

  it('leaves no cell empty, and every row has as many as its head', () => {
    for (const section of DOCUMENT.split(/^## /m).slice(1)) {
      const widths = section
        .split('\n')
        .filter((line) => line.startsWith('|'))
        .map((line) => line.split('|').length);
      expect(new Set(widths).size, section.slice(0, 30)).toBe(1);
      expect(section).not.toMatch(/\| *\|/);
    }
  });
});
