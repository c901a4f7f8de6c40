/**
 * Hooks with a time limit: a client must not wait for ever for an answer that never comes, and nor must whoever takes its
 * session over. A late answer changes nothing.
 */
import type { AuthenticationMethod } from './admission/authentication-method.ts';
import { type BrokerHooks, HookTimeout, isLater, type Maybe } from './hooks.ts';

/** The same hooks; each promise they answer with is rejected with HookTimeout after `timeoutMs`. */
export function withTimeout(hooks: BrokerHooks, timeoutMs: number): BrokerHooks {
  const { authenticate, authenticationMethods, allowsClientId, authorize, onPublish, onSubscribe } = hooks;
  return {
    ...(authenticate && {
      authenticate: (client, credentials) => inTime('authenticate', authenticate(client, credentials), timeoutMs),
    }),
    ...(authenticationMethods && {
      authenticationMethods: authenticationMethods.map((method) => inTimeEachStep(method, timeoutMs)),
    }),
    ...(allowsClientId && { allowsClientId }),
    ...(authorize && {
      authorize: (client, action, topic, details) =>
        inTime('authorize', authorize(client, action, topic, details), timeoutMs),
    }),
    ...(onPublish && {
      onPublish: (client, message) => inTime('onPublish', onPublish(client, message), timeoutMs),
    }),
    ...(onSubscribe && {
      onSubscribe: (client, request) => inTime('onSubscribe', onSubscribe(client, request), timeoutMs),
    }),
  };
}

function inTimeEachStep(method: AuthenticationMethod, timeoutMs: number): AuthenticationMethod {
  return {
    name: method.name,
    begin: (client, credentials) => {
      const exchange = method.begin(client, credentials);
      return { next: (data) => inTime('authenticationMethods', exchange.next(data), timeoutMs) };
    },
  };
}

function inTime<T>(hook: keyof BrokerHooks, answer: Maybe<T>, timeoutMs: number): Maybe<T> {
  if (!isLater(answer)) return answer;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new HookTimeout(`${hook} did not answer in ${timeoutMs} ms`)), timeoutMs);
    answer.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
