// What a connection tells its owner to do and what it tells it happened: as calls on a sink (nothing is allocated for them),
// or as an array of events collected by a sink of our own. Both are in the order in which they are to be executed.

import { copyOf } from '../bytes/copy.ts';
import type { GrowingBytes } from '../bytes/growing-bytes.ts';
import type { FrameError } from './errors.ts';
import type { Frame } from './frame.ts';
import type { FrameView } from './frame-view.ts';

export interface MsipSink {
  /** Send `connection.writer.bytes` from `start` to `end` now; who gives a sink also empties the writer. */
  transmit(start: number, end: number): void;
  /** A frame of the peer where it lies: valid until the call returns. */
  frame(view: FrameView): void;
  /** Close the network connection after what was transmitted. No error: a normal end. */
  close(error: FrameError | undefined): void;
}

export type MsipEvent =
  | { readonly type: 'transmit'; readonly bytes: Uint8Array }
  /** Its byte fields are valid until the next call on the connection's input. */
  | { readonly type: 'frame'; readonly frame: Frame }
  | { readonly type: 'close'; readonly error: FrameError | undefined };

/** The sink behind the array form. */
export class MsipEventCollector implements MsipSink {
  readonly events: MsipEvent[] = [];
  readonly #writer: GrowingBytes;

  constructor(writer: GrowingBytes) {
    this.#writer = writer;
  }

  transmit(start: number, end: number): void {
    this.events.push({ type: 'transmit', bytes: copyOf(this.#writer.bytes, start, end) });
  }

  frame(view: FrameView): void {
    this.events.push({ type: 'frame', frame: view.toFrame() });
  }

  close(error: FrameError | undefined): void {
    this.events.push({ type: 'close', error });
  }
}
