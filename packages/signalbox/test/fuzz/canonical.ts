// Any value as text, so that outcomes can be compared and shown: bytes as hex, keys in order, errors by their code.

import { PacketError, UsageError } from '../../src/mqtt/errors.ts';

export function canonical(value: unknown): string {
  if (value instanceof Uint8Array) return `<${Buffer.from(value).toString('hex')}>`;
  if (value instanceof PacketError) return `PacketError ${value.code} ${value.statement ?? ''} ${value.message}`;
  if (value instanceof UsageError) return `UsageError ${value.code}`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
    return `{${entries.map(([key, inside]) => `${key}: ${canonical(inside)}`).join(', ')}}`;
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** What a call gives or which PacketError it throws. Any other error is a finding and goes on up. */
export function outcomeOf(call: () => unknown): string {
  try {
    return canonical(call());
  } catch (error) {
    if (error instanceof PacketError) return canonical(error);
    throw error;
  }
}
