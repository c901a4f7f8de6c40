// @signalbox/sctp: SCTP associations (RFC 9260) over UDP (RFC 6951), and inside DTLS (RFC 8261).

export {
  DTLS_ERRORS,
  DTLS_USAGE_ERRORS,
  DtlsError,
  type DtlsErrorCode,
  DtlsUsageError,
  type DtlsUsageErrorCode,
} from './dtls/errors.ts';
export type { DtlsLimits } from './dtls/limits.ts';
export { type DtlsSctpOptions, dtlsSctp } from './dtls-sctp/dtls-sctp-transport.ts';
export type { IdentityPem, Pem } from './node-crypto/keys.ts';
export type { PeerTrust } from './node-crypto/peer-verification.ts';
export type { DtlsTlsClientOptions, DtlsTlsServerOptions, PskOption } from './node-crypto/tls-options.ts';
export type { AssociationLimits } from './sctp/association-options.ts';
export { DEFAULT_LIMITS } from './sctp/association-options.ts';
export type { SctpErrorCode } from './sctp/sctp-error.ts';
export { SCTP_ERRORS, SctpError } from './sctp/sctp-error.ts';
export type { SctpOptions } from './sctp-transport.ts';
export { sctp } from './sctp-transport.ts';
