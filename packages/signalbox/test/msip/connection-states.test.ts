// The whole state machine of both sides as a snapshot: state × frame, received and sent.
import { describe, expect, it } from 'vitest';
import { type Cell, CLIENT_FRAMES, SERVER_FRAMES, type StateTable } from '../../src/msip/connection-states.ts';
import { FRAME_KINDS } from '../../src/msip/frame.ts';

function lines(table: StateTable): string[] {
  return Object.entries(table).flatMap(([state, row]) =>
    Object.entries<Cell>(row).map(([type, cell]) => {
      const outcome = typeof cell === 'string' ? `→ ${cell}` : `✗ ${cell.statement} ${cell.code} (${cell.message})`;
      return `${state} ${type} ${outcome}`;
    }),
  );
}

describe('the state machine', () => {
  it('[MSIP-3-1] [MSIP-3.1-1] [MSIP-3.1-8] of the frames of a client is as the snapshot says', () => {
    expect(lines(CLIENT_FRAMES).join('\n')).toMatchSnapshot();
  });

  it('[MSIP-3-2] [MSIP-3-5] of the frames of a server is as the snapshot says', () => {
    expect(lines(SERVER_FRAMES).join('\n')).toMatchSnapshot();
  });

  it('has a cell for every state and frame', () => {
    const kinds = FRAME_KINDS.slice(1);
    for (const table of [CLIENT_FRAMES, SERVER_FRAMES]) {
      for (const row of Object.values(table)) expect(Object.keys(row)).toEqual(kinds);
    }
  });
});
