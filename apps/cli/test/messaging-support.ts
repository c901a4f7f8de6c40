// One test's broker, and the commands pub, sub and rr as processes that talk to it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Broker, type BrokerOptions, type ListenOptions } from 'signalbox/broker';
import { onTestFinished } from 'vitest';
import { type Command, type Ended, signalbox, signalboxWith } from './command.ts';

export class Setting {
  readonly broker: Broker;
  readonly url: string;

  constructor(broker: Broker, url: string) {
    this.broker = broker;
    this.url = url;
  }

  pub(...args: string[]): Promise<Ended> {
    return signalbox('pub', '-L', this.url, ...args).ended;
  }

  pubOf(input: string | Uint8Array, ...args: string[]): Promise<Ended> {
    return signalboxWith({ input }, 'pub', '-L', this.url, ...args).ended;
  }

  /** A sub whose subscriptions the server has confirmed. */
  async sub(...args: string[]): Promise<Command> {
    const command = signalbox('sub', '-L', this.url, '-d', ...args);
    await command.told(/← SUBACK/);
    return command;
  }

  rr(...args: string[]): Command {
    return signalbox('rr', '-L', this.url, ...args);
  }
}

export async function start(
  options: BrokerOptions = {},
  address = 'mqtt://127.0.0.1:0',
  listenOptions: ListenOptions = {},
): Promise<Setting> {
  const broker = new Broker(options);
  onTestFinished(() => broker.close());
  const { url } = await broker.listen(address, listenOptions);
  return new Setting(broker, url);
}

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'signalbox-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}
