// When the broker is killed, drawn from a seed: the plan is the same for the same seed, only the timing of the machine is not.

import type { Random } from '../fuzz/random.ts';

export type KillKind = 'acknowledgements' | 'time' | 'received' | 'connect' | 'recovery' | 'at-once';

export interface Round {
  readonly kind: KillKind;
  /** Acknowledgements, received messages, CONNECT or CONNACK packets, or ms: whichever `kind` counts. */
  readonly count: number;
  /** Messages the publishers are given in this round. */
  readonly budget: number;
  /** Whether what is retained is looked at before anybody else may connect. */
  readonly isAudited: boolean;
  /** Clients that lose their connection in this round, or leave it. */
  readonly departures: number;
}

const KINDS: readonly KillKind[] = [
  ...Array.from({ length: 8 }, () => 'acknowledgements' as const),
  ...Array.from({ length: 3 }, () => 'time' as const),
  ...Array.from({ length: 3 }, () => 'received' as const),
  'connect',
  'connect',
  'recovery',
  'recovery',
  'at-once',
  'at-once',
];

export function planRound(random: Random): Round {
  const kind = random.pick(KINDS);
  const isAudited = random.isOnceIn(4);
  return {
    kind,
    count: countOf(kind, random),
    budget: 100 + random.below(900),
    isAudited,
    departures: random.below(4),
  };
}

function countOf(kind: KillKind, random: Random): number {
  switch (kind) {
    case 'acknowledgements':
      return 1 + random.below(random.isOnceIn(3) ? 20 : 700);
    case 'received':
      return 1 + random.below(1500);
    case 'time':
      return random.below(400);
    case 'connect':
      return 1 + random.below(16);
    case 'recovery':
      return 50 + random.below(60); // per cent of what the last start took
    case 'at-once':
      return random.below(12);
  }
}
