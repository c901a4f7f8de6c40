// One frame of bytes that are known to be one: for tools, tests and who keeps frames. A stream is for Framer. §2, §3

import { FrameError } from './errors.ts';
import type { Frame } from './frame.ts';
import { FrameView } from './frame-view.ts';
import { Framer, type FramerOptions } from './framer.ts';

/**
 * The frame which these bytes are. Its byte fields are windows into them.
 * @throws {FrameError} when they are none, not the whole of it, or more.
 */
export function readFrame(bytes: Uint8Array, options: FramerOptions = {}): Frame {
  const view = new FrameView();
  const framer = new Framer(options);
  let frame: Frame | undefined;
  let consumed = 0;
  let fault: FrameError | undefined;
  const error = framer.receive(bytes, {
    frame(buffer, start, end) {
      fault = view.load(buffer, start, end);
      if (fault === undefined) frame = view.toFrame();
      consumed = end;
      return false;
    },
  });
  if (error !== undefined) throw error;
  if (fault !== undefined) throw fault;
  if (frame === undefined || consumed !== bytes.length) {
    throw new FrameError('BAD_PAYLOAD', 'these bytes are not one whole frame');
  }
  return frame;
}
