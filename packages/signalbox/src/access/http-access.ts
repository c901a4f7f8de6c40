/**
 * A web service that says who a client is and what it may do. It gets JSON and answers with a status: 200 with JSON, 204
 * for yes, 401 or 403 for no; anything else is no answer, and refuses with Server unavailable (0x88).
 */
import type { ClientInfo, Credentials } from '../broker/hooks.ts';
import { readTexts, readTopicGrants } from './admission-json.ts';
import type { Authenticator, Authorizer, Verdict } from './authenticator.ts';
import { type HttpAnswer, HttpFailure, HttpQuestions, type HttpQuestionsOptions } from './http-questions.ts';

export interface HttpAccessOptions extends HttpQuestionsOptions {
  /** Told of each question that had no answer; the client is refused. */
  readonly onFailure?: (error: Error) => void;
}

const NOT_AUTHORIZED = 0x87;
const SERVER_UNAVAILABLE = 0x88;
const BAD_USER_NAME_OR_PASSWORD = 0x86;

/** Asks `{ clientId, username, password, … }`; the password as text, or as `passwordBase64` when it is none. */
export function httpAuthenticator(options: HttpAccessOptions): Authenticator {
  const questions = new HttpQuestions(options);
  return {
    name: 'HTTP',
    prepareReload: () => () => questions.forget(),
    close: () => questions.close(),
    authenticate: async (client, credentials): Promise<Verdict> => {
      try {
        return verdictOf(await questions.ask({ ...aboutClient(client), ...aboutCredentials(credentials) }));
      } catch (error) {
        options.onFailure?.(error as Error);
        return SERVER_UNAVAILABLE;
      }
    },
  };
}

/** Asks `{ clientId, username, groups, action, topic, shareName }`, the last of shared subscriptions alone. What has no answer is not allowed. */
export function httpAuthorizer(options: HttpAccessOptions): Authorizer {
  const questions = new HttpQuestions(options);
  return {
    name: 'HTTP',
    prepareReload: () => () => questions.forget(),
    close: () => questions.close(),
    authorize: async (client, action, topic, { shareName } = {}): Promise<boolean | undefined> => {
      try {
        const { groups } = client;
        return permissionOf(await questions.ask({ ...aboutClient(client), groups, action, topic, shareName }));
      } catch (error) {
        options.onFailure?.(error as Error);
        return false;
      }
    },
  };
}

/** Without the port of the peer, which would make every question a new one. */
function aboutClient(client: ClientInfo): Record<string, unknown> {
  const { clientId, username, protocolVersion, listener, certificate, remoteAddress } = client;
  const address = remoteAddress.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return { clientId, username, protocolVersion, listener, address, certificateSubject: certificate?.subject };
}

function aboutCredentials({ username, password }: Credentials): Record<string, unknown> {
  if (password === undefined) return { username };
  try {
    return { username, password: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(password) };
  } catch {
    return { username, passwordBase64: Buffer.from(password).toString('base64') };
  }
}

/** Throws HttpFailure when it is no answer. */
function verdictOf({ status, body }: HttpAnswer): Verdict {
  if (status === 204) return true;
  if (status === 401) return BAD_USER_NAME_OR_PASSWORD;
  if (status === 403) return NOT_AUTHORIZED;
  const answer = objectOf(status, body);
  switch (answer['result']) {
    case 'allow':
      return admissionOf(answer);
    case 'deny':
      return BAD_USER_NAME_OR_PASSWORD;
    case 'ignore':
      return undefined;
    default:
      throw new HttpFailure('result is neither allow, deny nor ignore');
  }
}

/** `expiresAt` is in seconds since 1970, as in tokens. */
function admissionOf(answer: Readonly<Record<string, unknown>>): Verdict {
  const { username, groups, acl, expiresAt } = answer;
  const admission = {
    ...(username !== undefined && { username: typeof username === 'string' ? username : wrong('username') }),
    ...(groups !== undefined && { groups: readTexts(groups) ?? wrong('groups') }),
    ...(acl !== undefined && { acl: readTopicGrants(acl) ?? wrong('acl') }),
    ...(expiresAt !== undefined && {
      expiresAt: Number.isFinite(expiresAt) ? Number(expiresAt) * 1_000 : wrong('expiresAt'),
    }),
  };
  return Object.keys(admission).length === 0 ? true : admission;
}

function wrong(name: string): never {
  throw new HttpFailure(`${name} of the answer is not what it should be`);
}

function permissionOf({ status, body }: HttpAnswer): boolean | undefined {
  if (status === 204) return true;
  if (status === 401 || status === 403) return false;
  const { result } = objectOf(status, body);
  if (result === 'allow') return true;
  if (result === 'deny') return false;
  if (result === 'ignore') return undefined;
  throw new HttpFailure('result is neither allow, deny nor ignore');
}

function objectOf(status: number, body: unknown): Readonly<Record<string, unknown>> {
  if (status !== 200) throw new HttpFailure(`status ${status}`);
  if (typeof body !== 'object' || body === null) throw new HttpFailure('the answer is no JSON object');
  return body as Record<string, unknown>;
}
