// The rooms of a client that not every program enters: publishing, keeping, observation. In Node they are at hand; a page loads
// them when an option or a call asks for them, so that it begins with what every page needs (docs/decisions/0047).

import { ClientError } from './client-errors.ts';

/** Answers a module, or loads it. */
type Room<M> = () => M | Promise<M>;

export interface Rooms {
  /** Nothing has to be loaded. */
  readonly areAtHand: boolean;
  readonly publishing: Room<typeof import('./publishing/publishing.ts')>;
  readonly keeping: Room<typeof import('./keeping.ts')>;
  readonly aliases: Room<typeof import('../mqtt/connection-aliases.ts')>;
  readonly references: Room<typeof import('./server-reference.ts')>;
  readonly unclaimed: Room<typeof import('./receiving/unclaimed.ts')>;
  readonly observation: Room<typeof import('./observation/observation.ts')>;
}

/** Of a page whose server cannot be reached. Rejects with ClientError `LOAD_FAILED`. */
export async function loaded<M>(room: M | Promise<M>): Promise<M> {
  try {
    return await room;
  } catch (error) {
    throw new ClientError('LOAD_FAILED', 'a part of the client could not be loaded', error);
  }
}
