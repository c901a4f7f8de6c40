import { expect, it } from 'vitest';
import * as msip from '../../src/msip/index.ts';

it('the entry point has the core and nothing of its inside', () => {
  expect(Object.keys(msip).sort()).toMatchInlineSnapshot(`
    [
      "DEFAULT_MAXIMUM_PAYLOAD_LENGTH",
      "DEFAULT_PORT",
      "FRAME_ERRORS",
      "Flags",
      "FrameError",
      "FrameType",
      "Framer",
      "HEADER_SIZE",
      "MSIP_USAGE_ERRORS",
      "MsgKind",
      "MsipClientConnection",
      "MsipConnection",
      "MsipServerConnection",
      "MsipUsageError",
      "compressionOf",
      "frameToJson",
      "frameToLine",
      "readFrame",
      "writeFrame",
    ]
  `);
});
