// @signalbox/jwt: authentication by JSON Web Token.

export { JwtAuthenticator, type JwtOptions } from './jwt-authenticator.ts';
export type { JwtAlgorithm, JwtKeys } from './keys.ts';
