import { describe, expect, it } from 'vitest';
import { CLIENT_HALF } from '../../src/mqtt/client-half.ts';
import { type Cell, isViolation, type Side, type StateTable } from '../../src/mqtt/connection-states.ts';
import { PACKET_TYPES } from '../../src/mqtt/packets/packet-types.ts';
import { SERVER_HALF } from '../../src/mqtt/server-half.ts';

type Direction = Readonly<Partial<Record<Side, StateTable>>>;

const RECEIVING = { server: SERVER_HALF.receives, client: CLIENT_HALF.receives };
const SENDING = { client: CLIENT_HALF.sends, server: SERVER_HALF.sends };

/** One line per side, state and packet type. */
function lines(table: Direction): string[] {
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

  it.each([CLIENT_HALF, SERVER_HALF])('the $side half can read and write just what its tables allow', (half) => {
    const allowed = (table: StateTable): (string | undefined)[] =>
      PACKET_TYPES.filter((type) => type !== undefined && Object.values(table).some((row) => !isViolation(row[type])));
    expect(new Set(Object.keys(half.outgoing))).toEqual(new Set(allowed(half.sends)));
    expect(new Set([...Object.keys(half.incoming), 'publish'])).toEqual(new Set(allowed(half.receives)));
  });

  it('knows packet types by their number', () => {
    expect([PACKET_TYPES[0], PACKET_TYPES[1], PACKET_TYPES[15]]).toEqual([undefined, 'connect', 'auth']);
  });
});
