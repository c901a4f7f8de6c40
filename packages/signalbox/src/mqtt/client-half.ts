// The client's half of the protocol: all that a client receives and sends. §3

import { ALIASES } from './connection-aliases.ts';
import { AUTHENTICATION } from './connection-authentication.ts';
import { type Half, withParts } from './connection-half.ts';
import { PUBLISHING } from './connection-publishing.ts';
import { LISTENING_HALF } from './listening-half.ts';

export const CLIENT_HALF: Half = /* @__PURE__ */ withParts(LISTENING_HALF, PUBLISHING, ALIASES, AUTHENTICATION);
