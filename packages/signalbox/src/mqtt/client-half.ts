// The client's half of the protocol: all that a client receives and sends. §3

import { AUTHENTICATION } from './connection-authentication.ts';
import { type Half, withPart } from './connection-half.ts';
import { PUBLISHING } from './connection-publishing.ts';
import { LISTENING_HALF } from './listening-half.ts';

export const CLIENT_HALF: Half = /* @__PURE__ */ withPart(
  /* @__PURE__ */ withPart(LISTENING_HALF, PUBLISHING),
  AUTHENTICATION,
);
