// @signalbox/sctp: SCTP associations (RFC 9260) over UDP (RFC 6951).

export { crc32c } from './sctp/crc32c.ts';
