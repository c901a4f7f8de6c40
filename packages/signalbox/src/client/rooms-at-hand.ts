// The rooms of a client as Node has them: all there.

import * as keeping from './keeping.ts';
import * as observation from './observation/observation.ts';
import * as publishing from './publishing/publisher.ts';
import * as unclaimed from './receiving/unclaimed.ts';
import type { Rooms } from './rooms.ts';

export const ROOMS: Rooms = {
  areAtHand: true,
  publishing: () => publishing,
  keeping: () => keeping,
  unclaimed: () => unclaimed,
  observation: () => observation,
};
