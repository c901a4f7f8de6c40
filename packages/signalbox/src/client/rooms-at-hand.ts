// The rooms of a client as Node has them: all there.

import * as aliases from '../mqtt/connection-aliases.ts';
import * as keeping from './keeping.ts';
import * as observation from './observation/observation.ts';
import * as publishing from './publishing/publishing.ts';
import * as unclaimed from './receiving/unclaimed.ts';
import type { Rooms } from './rooms.ts';
import * as references from './server-reference.ts';

export const ROOMS: Rooms = {
  areAtHand: true,
  publishing: () => publishing,
  keeping: () => keeping,
  aliases: () => aliases,
  references: () => references,
  unclaimed: () => unclaimed,
  observation: () => observation,
};
