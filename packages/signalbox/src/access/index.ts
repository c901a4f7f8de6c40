// signalbox/access: who may connect and who may do what, as hooks of a broker.

export type { Action, Admission, ClientInfo, Credentials, TopicGrants } from '../broker/hooks.ts';
export { AccessControl, type AccessControlOptions } from './access-control.ts';
export { ACCESS_ERRORS, AccessError, type AccessErrorCode } from './access-error.ts';
export { Acl, type AclOptions } from './acl.ts';
export type { ProofOfUsers } from './acl-file.ts';
export type { Decision } from './acl-rules.ts';
export { readTexts, readTopicGrants } from './admission-json.ts';
export type { Authenticator, Authorizer, Verdict } from './authenticator.ts';
export type { CertificateName, CertificateUser } from './certificate-user.ts';
export { DEFAULT_COST, Derivations, type DerivationsOptions, type ScryptCost } from './derivations.ts';
export { type HttpAccessOptions, httpAuthenticator, httpAuthorizer } from './http-access.ts';
export { HttpFailure, type HttpQuestionsOptions } from './http-questions.ts';
export {
  createEntry,
  type PasswordEntry,
  type PasswordOptions,
  parsePasswordFile,
  problemOfUsername,
  withoutUser,
  withPassword,
} from './password-file.ts';
export { PasswordUsers, type PasswordUsersOptions } from './password-users.ts';
export { SCRAM_SHA_256, type ScramOptions, type ScramUsers, scramMethod } from './scram.ts';
export { DEFAULT_ITERATIONS, deriveScramKeys, type ScramKeys, type ScramKeysOptions } from './scram-keys.ts';
