// Enhanced authentication and re-authentication of one network connection: which AUTH may come or go when, the same for
// both roles. Exists only when CONNECT named an Authentication Method. Knows no method and looks at no data. §4.12

import type { Side } from './connection-states.ts';
import { CONTINUE_AUTHENTICATION, RE_AUTHENTICATE } from './reason-codes.ts';

const SUCCESS = 0;

/** A rule that a packet breaks, in words and as the id of the statement. */
export interface Violation {
  readonly message: string;
  readonly statement: string | undefined;
}

export class EnhancedAuthentication {
  readonly method: string;
  /** An exchange is going on: before CONNACK the first one, later a re-authentication. */
  isExchanging = true;
  #isConnected = false;

  constructor(method: string) {
    this.method = method;
  }

  /** CONNACK with success was sent or received. */
  connected(): void {
    this.isExchanging = false;
    this.#isConnected = true;
  }

  /** What is wrong with an AUTH of this side, if anything. */
  violationOf(from: Side, reasonCode: number, method: string | undefined): Violation | undefined {
    if (method !== this.method && (method !== undefined || reasonCode !== SUCCESS)) {
      return violation('the Authentication Method is not the one in CONNECT', 'MQTT-4.12.0-5'); // [MQTT-4.12.0-5] [MQTT-4.12.1-1]
    }
    if (!this.#isConnected) {
      if (reasonCode === CONTINUE_AUTHENTICATION) return undefined;
      const statement = from === 'server' ? 'MQTT-4.12.0-2' : 'MQTT-4.12.0-3';
      return violation('before CONNACK an AUTH continues the authentication', statement); // [MQTT-4.12.0-2] [MQTT-4.12.0-3]
    }
    if (reasonCode === RE_AUTHENTICATE) {
      if (from === 'client' && !this.isExchanging) return undefined;
      return violation('only a client starts a re-authentication, and one at a time', 'MQTT-4.12.1-1'); // [MQTT-4.12.1-1]
    }
    if (!this.isExchanging) return violation('no re-authentication is going on', 'MQTT-4.12.1-1');
    if (reasonCode === SUCCESS && from === 'client') {
      return violation('only a server ends a re-authentication', 'MQTT-4.12.0-3');
    }
    return undefined;
  }

  /** An AUTH without violation was sent or received. */
  follow(reasonCode: number): void {
    if (this.#isConnected) this.isExchanging = reasonCode !== SUCCESS;
  }
}

function violation(message: string, statement: string): Violation {
  return { message, statement };
}
