// Every byte of a handshake changed on its way: it comes to an end each time, and never with the two believing different things.
import { describe, expect, it } from 'vitest';
import type { DtlsClientOptions, DtlsServerOptions } from '../../src/dtls/handshake-role.ts';
import { DtlsPair, type NetworkWishes } from '../support/dtls-pair.ts';
import {
  clientCertificate,
  clientOptions,
  PSK_CLIENT,
  PSK_SERVER,
  serverCertificate,
  serverOptions,
} from '../support/dtls-parties.ts';

/** Open on both sides, and data goes through; or on neither. */
function checkEnd(pair: DtlsPair, what: string): void {
  const outcomes = [pair.outcome('client'), pair.outcome('server')];
  if (outcomes[0] === 'open' && outcomes[1] === 'open') {
    pair.did('client', pair.client.send(Buffer.from('ping')));
    pair.did('server', pair.server!.send(Buffer.from('pong')));
    pair.run();
    expect([pair.received('server'), pair.received('client')], what).toEqual([['ping'], ['pong']]);
    return;
  }
  // The client has to hear of it in the end: nobody waits for ever. A server may be none yet.
  expect(outcomes[0], what).not.toMatch(/open|handshaking/);
  expect(outcomes[1], what).not.toMatch(/handshaking/);
}

interface Flips {
  /** Every so manieth byte. */
  readonly step: number;
  readonly bits: number;
  /** Only of this datagram. */
  readonly only?: number;
}

/** How many handshakes were tried. */
function flip(client: DtlsClientOptions, server: DtlsServerOptions, { step, bits, only }: Flips): number {
  const whole = new DtlsPair(client, server);
  whole.run();
  let tried = 0;
  whole.sent.forEach(({ bytes }, index) => {
    if (only !== undefined && index !== only) return;
    for (let at = index % step; at < bytes.length; at += step) {
      const tamper: NetworkWishes['tamper'] = (datagram, _, number) => {
        if (number === index && at < datagram.length) datagram[at]! ^= bits;
        return [datagram];
      };
      const pair = new DtlsPair(client, server, { tamper });
      pair.run();
      checkEnd(pair, `datagram ${index}, byte ${at}`);
      tried++;
    }
  });
  return tried;
}

describe('one byte changed', () => {
  it.each([0, 1, 2, 3, 4, 5])('anywhere in datagram %d of a handshake with a shared key', (only) => {
    expect(flip(PSK_CLIENT, PSK_SERVER, { step: 1, bits: 0x01, only })).toBeGreaterThan(40);
    flip(PSK_CLIENT, PSK_SERVER, { step: 5, bits: 0x80, only });
  });

  it('and those are all there are', () => {
    const whole = new DtlsPair(PSK_CLIENT, PSK_SERVER);
    whole.run();
    expect(whole.sent.length).toBe(6);
  });

  it('at every eleventh place of a handshake with certificates of both', () => {
    const required = serverOptions(serverCertificate(), { clientCertificate: 'required' });
    expect(flip(clientOptions(clientCertificate()), required, { step: 11, bits: 0x04 })).toBeGreaterThan(150);
  });
});

describe('datagrams cut short', () => {
  it('after every fifth byte', () => {
    const whole = new DtlsPair(PSK_CLIENT, PSK_SERVER);
    whole.run();
    whole.sent.forEach(({ bytes }, index) => {
      for (let length = 0; length < bytes.length; length += 5) {
        const pair = new DtlsPair(PSK_CLIENT, PSK_SERVER, {
          tamper: (datagram, _, number) => [number === index ? datagram.subarray(0, length) : datagram],
        });
        pair.run();
        checkEnd(pair, `datagram ${index} cut to ${length}`);
        expect(pair.outcome('client')).toBe('open');
      }
    });
  });
});

describe('somebody between the two who is after something weaker', () => {
  it.each([
    ['a suite that was not offered', 2, [0xd0, 0x01], [0x00, 0x8c]],
    ['the suite without Diffie-Hellman', 1, [0xd0, 0x01, 0xd0, 0x02], [0xfa, 0xfa, 0xfa, 0xfa]],
    ['no extended master secret', 1, [0x00, 0x17, 0x00, 0x00], [0xfa, 0xfa, 0x00, 0x00]],
    ['no safe renegotiation', 1, [0xff, 0x01, 0x00, 0x01], [0xfa, 0xfb, 0x00, 0x01]],
    ['an older version', 1, [0xfe, 0xfd], [0xfe, 0xff]],
  ])('%s: no connection', (_, from, looked, put) => {
    const pair = new DtlsPair(PSK_CLIENT, PSK_SERVER, {
      tamper(datagram, side) {
        if (side !== (from === 1 ? 'client' : 'server')) return [datagram];
        const start = 25; // behind the headers of record and message
        const at = datagram.findIndex(
          (_byte, index) => index >= start && looked.every((byte, n) => datagram[index + n] === byte),
        );
        if (at >= 0) datagram.set(put, at);
        return [datagram];
      },
    });
    pair.run();
    expect([pair.outcome('client'), pair.outcome('server')]).not.toContain('open');
  });
});
