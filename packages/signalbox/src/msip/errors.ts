// The two errors of the MSIP core: FrameError is the peer's fault, MsipUsageError the caller's (thrown, and then nothing has
// changed). Codes are stable; texts are not. §7

/** Every `code` of a FrameError. */
export const FRAME_ERRORS = [
  'BAD_MAGIC', // the bytes are no MSIP at all
  'BAD_VERSION', // not MSIP/1
  'BAD_FRAME_TYPE', // a frame_type that does not exist
  'BAD_MSG_KIND', // a msg_kind that does not exist
  'PAYLOAD_TOO_LARGE', // payload_len above the limit
  'BAD_PAYLOAD', // a payload that is not what its frame has: no topic length, a topic longer than the payload
  'BAD_TEXT', // text that is not UTF-8
  'HELLO_EXPECTED', // something else before HELLO
  'UNEXPECTED_FRAME', // a frame that only the other side sends, a second HELLO
  'HELLO_TIMEOUT', // no HELLO, or no answer to it, in time
  'IDLE_TIMEOUT', // nothing was heard of the peer for too long
  'PONG_TIMEOUT', // PING was not answered
] as const;

export type FrameErrorCode = (typeof FRAME_ERRORS)[number];

/**
 * The peer broke the protocol. `msgId` is that of the offending frame, 0n where its header could not be read; `statement` the
 * id of the violated statement, such as `MSIP-2.1-2`, where there is one (docs/msip.md).
 */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  readonly code: FrameErrorCode;
  readonly msgId: bigint;
  readonly statement: string | undefined;

  constructor(code: FrameErrorCode, message: string, msgId = 0n, statement?: string) {
    super(message);
    this.code = code;
    this.msgId = msgId;
    this.statement = statement;
  }
}

/** Every `code` of a MsipUsageError. */
export const MSIP_USAGE_ERRORS = [
  'INVALID_ARGUMENT', // a value of the wrong type or out of its range
  'INVALID_STRING', // a lone surrogate, U+0000 in a client id or user name, or too long for its field
  'PAYLOAD_TOO_LARGE', // more than payload_len can express
  'NOT_ALLOWED', // this frame must not be sent by this role or in this state
] as const;

export type MsipUsageErrorCode = (typeof MSIP_USAGE_ERRORS)[number];

/** The caller asked for something impossible; whoever threw it has changed nothing. */
export class MsipUsageError extends Error {
  override readonly name = 'MsipUsageError';
  readonly code: MsipUsageErrorCode;

  constructor(code: MsipUsageErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
