import { describe, expect, it } from 'vitest';
import {
  type Cell,
  isViolation,
  PACKET_TYPES,
  RECEIVING,
  SENDING,
  type StateTable,
} from '../../src/mqtt/connection-states.ts';

/** One line per side, state and packet type. */
function lines(table: StateTable): string[] {
  const found: string[] = [];
  for (const [side, states] of Object.entries(table)) {
    for (const [state, types] of Object.entries(states)) {
      for (const [type, cell] of Object.entries<Cell>(types)) {
        const outcome = isViolation(cell) ? `✗ ${cell.statement ?? '–'} (${cell.message})` : `→ ${cell}`;
        found.push(`${side} ${state} ${type} ${outcome}`);
      }
    }
  }
  return found;
}

describe('the state machine', () => {
  it('receives as the snapshot says', () => {
    expect(lines(RECEIVING).join('\n')).toMatchSnapshot();
  });

  it('sends as the snapshot says', () => {
    expect(lines(SENDING).join('\n')).toMatchSnapshot();
  });

  it('has a cell for every side, state and packet type', () => {
    expect([lines(RECEIVING).length, lines(SENDING).length]).toEqual([120, 120]);
  });

  it('what one side may send in a state where both agree, the other may receive', () => {
    for (const state of ['connected'] as const) {
      for (const type of PACKET_TYPES) {
        if (type === undefined) continue;
        expect(isViolation(RECEIVING.server[state][type])).toBe(isViolation(SENDING.client[state][type]));
        expect(isViolation(RECEIVING.client[state][type])).toBe(isViolation(SENDING.server[state][type]));
      }
    }
  });

  it('knows packet types by their number', () => {
    expect([PACKET_TYPES[0], PACKET_TYPES[1], PACKET_TYPES[15]]).toEqual([undefined, 'connect', 'auth']);
  });
});
