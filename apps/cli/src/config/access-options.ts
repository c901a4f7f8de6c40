/** Who may connect, publish and subscribe. */
import { JWT_ALGORITHMS } from '@signalbox/jwt';
import type { OptionTable } from './option.ts';
import { choice, duration, file, integer, list, onOff, secret, text } from './value-types.ts';

export const ACCESS_OPTIONS = [
  {
    path: 'access.allowAnonymous',
    flag: 'allow-anonymous',
    type: onOff(),
    help: 'Admit clients that present nothing. Default: only on this machine, and only when nothing else here says who may connect.',
  },
  {
    path: 'access.passwordFile',
    flag: 'password-file',
    type: file(),
    help: 'Users with their passwords, as `signalbox passwd` writes them; also for SCRAM-SHA-256.',
  },
  { path: 'access.aclFile', flag: 'acl-file', type: file(), help: 'Rules: who may publish and subscribe to what.' },
  {
    path: 'access.certificateUser',
    flag: 'certificate-user',
    type: choice('common-name', 'dns', 'email', 'uri'),
    help: 'The user name is this name in the certificate of the client.',
  },
  {
    path: 'access.certificatePassword',
    flag: 'certificate-password',
    type: choice('ignored', 'required'),
    default: 'ignored',
    help: 'Whether a client with a certificate also needs its password.',
  },
  {
    path: 'access.clientIds',
    flag: 'client-ids',
    type: text('PATTERN'),
    help: 'Client identifiers a user may take; %u is its name, * any text: %u-*. Default: any; then whoever comes first under an identifier keeps other users from it.',
  },
  {
    path: 'access.jwt.publicKey',
    flag: 'jwt-public-key',
    type: file(),
    help: 'Public key or certificate (PEM) that tokens are signed for.',
  },
  { path: 'access.jwt.jwks', flag: 'jwt-jwks', type: file(), help: 'Public keys as a JSON Web Key Set.' },
  {
    path: 'access.jwt.secretFile',
    flag: 'jwt-secret-file',
    type: file(),
    help: 'Secret of 32 bytes or more that tokens are signed with.',
  },
  {
    path: 'access.jwt.algorithms',
    flag: 'jwt-algorithm',
    type: list(choice(...JWT_ALGORITHMS)),
    help: 'Algorithms a token may be signed with; there is no default.',
  },
  { path: 'access.jwt.issuer', flag: 'jwt-issuer', type: text('NAME'), help: 'What iss of a token must be.' },
  { path: 'access.jwt.audience', flag: 'jwt-audience', type: text('NAME'), help: 'What aud of a token must contain.' },
  {
    path: 'access.jwt.usernameClaim',
    type: text('CLAIM'),
    default: 'sub',
    help: 'The claim that is the user name.',
  },
  { path: 'access.jwt.groupsClaim', type: text('CLAIM'), default: 'groups', help: 'The claim with the groups.' },
  {
    path: 'access.jwt.aclClaim',
    type: text('CLAIM'),
    default: 'acl',
    help: 'The claim with the Topic Filters to publish and to subscribe to.',
  },
  {
    path: 'access.jwt.tokenFrom',
    type: choice('password', 'username'),
    default: 'password',
    help: 'Where clients put their token.',
  },
  { path: 'access.jwt.clockTolerance', type: duration(), default: '5s', help: 'By how much clocks may differ.' },
  {
    path: 'access.http.authenticate',
    flag: 'auth-http',
    type: text('URL'),
    help: 'A web service that is asked (POST) who may connect.',
  },
  {
    path: 'access.http.authorize',
    flag: 'acl-http',
    type: text('URL'),
    help: 'A web service that is asked (POST) what the rules leave open.',
  },
  { path: 'access.http.ca', type: file(), help: 'Authority (PEM) of the certificate of these web services.' },
  { path: 'access.http.token', type: secret(), help: 'Sent to these web services as Authorization: Bearer.' },
  { path: 'access.http.timeout', type: duration(), default: '5s', help: 'How long a client waits for them.' },
  {
    path: 'access.http.concurrency',
    type: integer('N', { least: 1, most: 10_000 }),
    default: 32,
    help: 'Questions to each of them at once.',
  },
] as const satisfies OptionTable;
