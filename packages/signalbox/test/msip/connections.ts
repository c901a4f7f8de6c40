// Connections of MSIP in the state a test begins in, and what they say in words.

import { MsipClientConnection } from '../../src/msip/client-connection.ts';
import type { MsipConnection } from '../../src/msip/connection.ts';
import type { MsipEvent, MsipSink } from '../../src/msip/connection-events.ts';
import type { FrameError } from '../../src/msip/errors.ts';
import type { FrameView } from '../../src/msip/frame-view.ts';
import { MsipServerConnection } from '../../src/msip/server-connection.ts';
import { describeFrame, type WireFrame, WireSplitter, wire } from '../support/msip-wire.ts';

export const HELLO = wire('hello', { msgId: 7n, payload: 'lamp' });
export const WELCOME = wire('ack', { msgId: 7n, msgKind: 3, payload: 'lamp' });
export const IDENTITY = new TextEncoder().encode('lamp');

/** What was made of it, in words. */
export function told(events: readonly MsipEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type === 'transmit') return framesOf(event.bytes).map((frame) => `> ${describeFrame(frame)}`);
    if (event.type === 'frame') return [`< ${event.frame.type}`];
    return [`close ${event.error?.code ?? ''}`.trim()];
  });
}

function framesOf(bytes: Uint8Array): WireFrame[] {
  return new WireSplitter().take(bytes);
}

/** Executes what it is told at once, as an owner does that allocates nothing. */
export class Owner implements MsipSink {
  readonly done: string[] = [];
  readonly connection: MsipConnection;
  onFrame: (view: FrameView) => void = () => {};

  constructor(connection: MsipConnection) {
    this.connection = connection;
  }

  transmit(start: number, end: number): void {
    const bytes = Uint8Array.from(this.connection.writer.bytes.subarray(start, end));
    this.done.push(...framesOf(bytes).map((frame) => `> ${describeFrame(frame)}`));
  }

  frame(view: FrameView): void {
    this.done.push(`< ${view.type}`);
    this.onFrame(view);
  }

  close(error: FrameError | undefined): void {
    this.done.push(`close ${error?.code ?? ''}`.trim());
  }
}

export function server(options: object = {}): MsipServerConnection {
  const connection = new MsipServerConnection(options);
  connection.begin(0);
  return connection;
}

export function greeted(options: object = {}): MsipServerConnection {
  const connection = server(options);
  connection.receive(HELLO, 0);
  connection.send({ type: 'ack', msgId: 7n, msgKind: 3, payload: IDENTITY }, 0);
  return connection;
}

export function connectedClient(options: object = {}): MsipClientConnection {
  const connection = new MsipClientConnection(options);
  connection.begin(0);
  connection.send({ type: 'hello', clientId: 'lamp', msgId: 7n }, 0);
  connection.receive(WELCOME, 0);
  return connection;
}
