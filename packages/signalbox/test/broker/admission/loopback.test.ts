// What leaves this machine, and what does not.
import { describe, expect, it } from 'vitest';
import { addressKey } from '../../../src/broker/admission/address-table.ts';
import { isLocal, isLoopback } from '../../../src/broker/admission/loopback.ts';

describe('isLoopback', () => {
  it('knows both families', () => {
    for (const peer of ['127.0.0.1:5', '127.9.9.9:1', '[::1]:7']) expect(isLoopback(addressKey(peer))).toBe(true);
    for (const peer of ['192.0.2.1:5', '[2001:db8::1]:7']) expect(isLoopback(addressKey(peer))).toBe(false);
  });
});

describe('isLocal', () => {
  it('knows the URLs of listeners', () => {
    for (const url of [
      'mqtt://127.0.0.1:1',
      'ws://[::1]:1/mqtt',
      'mqtt://localhost:1',
      'unix:///tmp/x',
      'mqtt://',
      'mqtt://127.0.0.1:99999',
    ])
      expect(isLocal(url)).toBe(true);
    for (const url of ['mqtt://0.0.0.0:1', 'wss://[::]:1/mqtt', 'mqtts://example.org', 'mqtt://127.0.0.1.example.org'])
      expect(isLocal(url)).toBe(false);
  });
});
