/** From the configuration to how the broker is watched and ended. Everything here can change by a reload. */
import { type AdminServer, createAdminServer } from 'signalbox/admin';
import { type Broker, type DrainOptions, LIVE_LIMITS, type LiveLimits, type Redirection } from 'signalbox/broker';
import { CommandError } from './command-error.ts';
import type { Configuration } from './config/configuration.ts';
import type { Reloaders } from './config/reloaders.ts';
import type { Log, LogLevel } from './log.ts';
import { readSecret } from './secret-file.ts';

export function logLevelOf({ values, isDefault }: Configuration): LogLevel {
  return values.verbose && isDefault('log.level') ? 'debug' : values['log.level'];
}

export function drainOptionsOf({ values }: Configuration): DrainOptions {
  const serverReference = values['drain.serverReference'];
  return {
    timeoutMs: values['drain.timeout'],
    clientsPerSecond: values['drain.clientsPerSecond'],
    wills: values['drain.wills'],
    ...(serverReference === undefined ? {} : { serverReference, permanent: values['drain.permanent'] }),
  };
}

export function redirectionOf({ values }: Configuration): Redirection | undefined {
  const serverReference = values['moved.serverReference'];
  return serverReference === undefined ? undefined : { serverReference, permanent: values['moved.permanent'] };
}

function liveLimitsOf({ values }: Configuration): LiveLimits {
  return Object.fromEntries(LIVE_LIMITS.map((name) => [name, values[`limits.${name}`]])) as unknown as LiveLimits;
}

/** Undefined when nobody wants one. Throws CommandError. */
export async function startAdmin(broker: Broker, configuration: Configuration): Promise<AdminServer | undefined> {
  const url = configuration.values['admin.url'];
  if (url === undefined) return undefined;
  const token = tokenOf(configuration);
  try {
    return await createAdminServer(broker, token === undefined ? { url } : { url, token });
  } catch (error) {
    throw new CommandError(`${configuration.nameOf('admin.url')} ${url}: ${(error as Error).message}`);
  }
}

export function addOperationReloaders(
  reloaders: Reloaders,
  parts: {
    readonly broker: Broker;
    readonly log: Log;
    readonly admin: AdminServer | undefined;
  },
): void {
  const { broker, log, admin } = parts;
  reloaders.add({ name: 'log level', prepare: (next) => () => log.setLevel(logLevelOf(next)) });
  reloaders.add({ name: 'limits', prepare: (next) => () => broker.changeLimits(liveLimitsOf(next)) });
  reloaders.add({ name: 'redirection', prepare: (next) => () => broker.redirect(redirectionOf(next)) });
  reloaders.add({
    name: 'admin token',
    prepare: (next) => {
      const token = tokenOf(next);
      if (token === undefined && admin !== undefined && tokenIsNeeded(admin)) {
        throw new CommandError('the admin address needs its token file');
      }
      return () => admin?.setToken(token);
    },
  });
}

function tokenIsNeeded({ url }: AdminServer): boolean {
  return !/^http:\/\/(localhost|127\.|\[::1\])/.test(url);
}

function tokenOf(configuration: Configuration): string | undefined {
  const file = configuration.values['admin.tokenFile'];
  return file === undefined ? undefined : readSecret(file, configuration.nameOf('admin.tokenFile'));
}
