// The rooms of a client as pages have them: each is a file of its own, loaded when it is asked for.

import type { Rooms } from './rooms.ts';

export const ROOMS: Rooms = {
  areAtHand: false,
  publishing: () => import('./publishing/publishing.ts'),
  keeping: () => import('./keeping.ts'),
  aliases: () => import('../mqtt/connection-aliases.ts'),
  references: () => import('./server-reference.ts'),
  unclaimed: () => import('./receiving/unclaimed.ts'),
  observation: () => import('./observation/observation.ts'),
};
