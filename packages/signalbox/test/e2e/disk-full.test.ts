// A disk that is full, for real: a small file system of its own (tmpfs, which only root may mount). Nothing is acknowledged
// that is not kept, the client is told why, and the broker heals by itself when there is room again.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ReasonCode } from '../../src/mqtt/reason-codes.ts';
import { connect } from '../../src/transport/connect.ts';
import { BrokerCommand, findPort, signalboxBroker } from '../reliability/broker-command.ts';
import { TestClient, type TestClientOptions } from '../support/test-client.ts';

const DISK_BYTES = 8 * 1024 * 1024;
const BALLAST_BYTES = 3 * 1024 * 1024;
const MESSAGE_BYTES = 20_000;
/** More than fit on the disk. */
const MESSAGES = 600;
/** The first ones; a PUBCOMP on a full disk waits for room, as it cannot refuse. */
const QOS_2_MESSAGES = 30;
const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 3600 } } as const;

/** Undefined, and why, where it cannot be had. */
function smallDisk(): { readonly folder: string } | { readonly reason: string } {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return { reason: 'only root on Linux may mount a small disk' };
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-full-'));
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    rmSync(folder, { recursive: true });
    return { reason: `a small disk cannot be mounted here: ${stderr.trim()}` };
  }
  onTestFinished(() => {
    spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder };
}

class Scene {
  readonly broker: BrokerCommand;
  readonly #port: number;

  constructor(port: number, data: string, durability: 'process' | 'disk') {
    this.#port = port;
    this.broker = new BrokerCommand(signalboxBroker(port, data, durability));
    onTestFinished(async () => {
      this.broker.kill();
      await this.broker.ended();
    });
  }

  async start(): Promise<void> {
    this.broker.start();
    await this.broker.listens();
  }

  async restart(): Promise<void> {
    this.broker.kill();
    expect(await this.broker.ended()).toBeUndefined(); // it was there until now
    await this.start();
  }

  async client(clientId: string, options: TestClientOptions = {}): Promise<TestClient> {
    const transport = await connect(`mqtt://127.0.0.1:${this.#port}`);
    return TestClient.connect(transport, { ...options, connect: { clientId, ...options.connect } });
  }
}

function payload(number: number): string {
  return `${number}|${'x'.repeat(MESSAGE_BYTES)}`;
}

/** Publishes one after the other until one is refused; answers how many were not, and with what that one was. */
async function fill(
  publisher: TestClient,
  first: number,
): Promise<{ readonly kept: number[]; readonly reasonCode: number }> {
  const kept: number[] = [];
  for (let number = first; number < first + MESSAGES; number++) {
    const settled = publisher.publish('t', payload(number), { qos: number <= QOS_2_MESSAGES ? 2 : 1 });
    const reasonCode = await Promise.race([settled, publisher.closed.then(() => -1)]);
    if (reasonCode !== ReasonCode.Success) return { kept, reasonCode };
    kept.push(number);
  }
  return { kept, reasonCode: ReasonCode.Success };
}

async function receiveAll(subscriber: TestClient, last: number): Promise<Set<number>> {
  const numbers = new Set<number>();
  while (!numbers.has(last)) numbers.add(Number((await subscriber.message()).text.split('|')[0]));
  return numbers;
}

describe.each(['process', 'disk'] as const)('level %s on a full disk', (durability) => {
  it('pitfall: refused with the right code, nothing acknowledged is lost over a kill, healed when there is room', async (context) => {
    const disk = smallDisk();
    if ('reason' in disk) return context.skip(disk.reason);
    const ballast = join(disk.folder, 'ballast');
    writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES, 1));
    const data = join(disk.folder, 'data');
    mkdirSync(data);
    const scene = new Scene(await findPort(9), data, durability);
    await scene.start();
    const subscriber = await scene.client('s', { connect: LASTING });
    await subscriber.subscribe('t', 2);
    await subscriber.destroy();

    const publisher = await scene.client('p', { connect: LASTING });
    const { kept, reasonCode } = await fill(publisher, 1);
    expect(kept.length).toBeGreaterThan(QOS_2_MESSAGES);
    expect(reasonCode).toBe(ReasonCode.QuotaExceeded);
    expect(await publisher.publish('t', payload(5000), { qos: 2 })).toBe(ReasonCode.QuotaExceeded); // PUBREC
    const old = await scene.client('old', { protocolVersion: 4 });
    if (old.connack.reasonCode === 0) expect((await fill(old, 10_000)).reasonCode).toBe(-1); // 3.1.1 knows no refusal

    await scene.restart(); // on the full disk
    rmSync(ballast);
    const again = await scene.client('p', { connect: LASTING });
    let settled = -1;
    // The broker tries again by itself; until then it refuses.
    for (let attempt = 0; attempt < 200 && settled !== ReasonCode.Success; attempt++) {
      settled = await again.publish('t', payload(50_000 + attempt), { qos: 1 });
      if (settled === ReasonCode.Success) kept.push(50_000 + attempt);
    }
    expect(settled).toBe(ReasonCode.Success);
    const back = await scene.client('s', { connect: LASTING });
    expect(back.connack.sessionPresent).toBe(true);
    const received = await receiveAll(back, kept.at(-1)!);
    expect(kept.filter((number) => !received.has(number))).toEqual([]);
  }, 60_000);
});
