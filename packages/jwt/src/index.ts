// @signalbox/jwt: authentication by JSON Web Token.

export { JwtAuthenticator, type JwtOptions } from './jwt-authenticator.ts';
export { JWT_ALGORITHMS, type JwtAlgorithm, type JwtKeys } from './keys.ts';
