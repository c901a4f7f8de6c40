// @signalbox/sctp: SCTP associations (RFC 9260) over UDP (RFC 6951).

export type { AssociationLimits } from './sctp/association-options.ts';
export { DEFAULT_LIMITS } from './sctp/association-options.ts';
export type { SctpErrorCode } from './sctp/sctp-error.ts';
export { SCTP_ERRORS, SctpError } from './sctp/sctp-error.ts';
export type { SctpOptions } from './sctp-transport.ts';
export { sctp } from './sctp-transport.ts';
