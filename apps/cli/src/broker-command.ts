// `signalbox broker`: starts a Broker as the options say, tells where it listens, and ends it on a signal.

import type { AccessControl } from 'signalbox/access';
import type { AdminServer } from 'signalbox/admin';
import { Broker, DEFAULT_LIMITS, type Listener } from 'signalbox/broker';
import { accessOf, accessReloader } from './access-assembly.ts';
import { makeBackgroundThreadsGiveWay } from './background-threads.ts';
import { brokerOptions, storeWords } from './broker-assembly.ts';
import { CommandError } from './command-error.ts';
import { type Configuration, loadConfiguration } from './config/configuration.ts';
import { effectiveYaml } from './config/effective.ts';
import { readFlags } from './config/flags.ts';
import { brokerHelp } from './config/help.ts';
import { OPTIONS } from './config/options.ts';
import { Reloaders } from './config/reloaders.ts';
import { fileSchema } from './config/schema.ts';
import { logEvents } from './event-log.ts';
import { certificateReloader, listenerPlans } from './listener-assembly.ts';
import { createLog, type Log } from './log.ts';
import { openFilesWarning } from './open-files.ts';
import { addOperationReloaders, drainOptionsOf, logLevelOf, redirectionOf, startAdmin } from './operation.ts';
import { Reloading } from './reloading.ts';
import { notifyServiceManager } from './service-manager.ts';
import { onHangup, untilSignal } from './signals.ts';
import { tuneYoungGeneration } from './young-generation.ts';

/** Answers the exit code, when the broker has ended. */
export async function broker(args: readonly string[]): Promise<number> {
  const flags = readFlags(args);
  switch (flags.request) {
    case 'help':
      print(brokerHelp());
      return 0;
    case 'print-schema':
      print(`${JSON.stringify(fileSchema(OPTIONS), undefined, 2)}\n`);
      return 0;
    case 'limits':
      for (const [name, value] of Object.entries(DEFAULT_LIMITS)) print(`${name}=${value}\n`);
      return 0;
    case 'test-config':
      return test(loadConfiguration(flags, process.env));
    case 'run':
      return run(() => loadConfiguration(flags, process.env));
  }
}

/** Goes as far as it can without touching what is stored, or a port. */
async function test(configuration: Configuration): Promise<number> {
  const reloaders = new Reloaders();
  listenerPlans(configuration);
  const access = accessOf(configuration, () => {});
  const created = await create(configuration, access);
  const log = createLog('error', undefined);
  addOperationReloaders(reloaders, { broker: created, log, admin: undefined });
  await reloaders.prepare(configuration);
  for (const warning of configuration.warnings) process.stderr.write(`signalbox: ${warning}\n`);
  print(effectiveYaml(configuration));
  return 0;
}

async function run(load: () => Configuration): Promise<number> {
  makeBackgroundThreadsGiveWay();
  const configuration = load();
  const plans = listenerPlans(configuration);
  const log = createLog(logLevelOf(configuration), configuration.values['log.format']);
  for (const warning of configuration.warnings) log.logger.warn(warning);
  // A web service that says who may connect did not: whoever was asked about is refused.
  const access = accessOf(configuration, (error) => log.logger.error(error.message));
  const running = await create(configuration, access);
  const fewFiles = openFilesWarning(running.limits.connections);
  if (fewFiles !== undefined) log.logger.warn(fewFiles);
  const reloaders = new Reloaders();
  const reloading = new Reloading(load, configuration, { reloaders, log });
  const stopped = untilSignal();
  const stopLogging = logEvents(running, log);
  const listeners = new Map<string, Listener>();
  let admin: AdminServer | undefined;
  try {
    for (const { url, options, openness } of plans) {
      const listener = await running.listen(url, options);
      listeners.set(url, listener);
      log.announce(`listening on ${listener.url}\n  ${openness}`, { url: listener.url, openness });
    }
    admin = await startAdmin(running, configuration);
    if (admin !== undefined) log.announce(`admin API on ${admin.url}`, { url: admin.url });
  } catch (error) {
    await running.close();
    throw new CommandError((error as Error).message);
  }
  addOperationReloaders(reloaders, { broker: running, log, admin });
  reloaders.add(certificateReloader(listeners));
  reloaders.add(accessReloader(access, running));
  onHangup(() => reloading.reload());
  const kept = storeWords(configuration, running.durability);
  log.announce(`sessions and retained messages are ${kept}; Ctrl-C ends the broker`);
  notifyServiceManager('ready');
  const signal = await stopped;
  notifyServiceManager('stopping');
  try {
    await end(running, { log, signal, configuration: reloading.current });
  } finally {
    access.close();
    await admin?.close();
    stopLogging();
    log.close();
  }
  return 0;
}

/** The clients are told in their turn; the admin API answers until it is over. */
async function end(
  running: Broker,
  { log, signal, configuration }: { log: Log; signal: NodeJS.Signals; configuration: Configuration },
): Promise<void> {
  const clients = running.statistics.connected;
  log.announce(`${signal}: telling ${clients} clients and closing`, { signal, clients });
  const { left } = await running.drain(drainOptionsOf(configuration)).catch((error: unknown) => {
    throw new CommandError(`not everything could be kept: ${(error as Error).message}`);
  });
  if (left > 0) log.logger.warn({ left }, `${left} connections were left when time was up`);
}

async function create(configuration: Configuration, access: AccessControl): Promise<Broker> {
  const redirection = redirectionOf(configuration);
  try {
    const options = await brokerOptions(configuration, access);
    const created = new Broker(redirection === undefined ? options : { ...options, redirection });
    tuneYoungGeneration(created);
    return created;
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError(error.message);
    throw error;
  }
}

function print(text: string): void {
  process.stdout.write(text);
}
