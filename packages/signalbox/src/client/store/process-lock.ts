// ProcessLock: one holder at a time among the programs of a machine, by files in a folder. Node cannot ask the system for a
// lock, so each file names the process that made it; what a killed process leaves is swept away by the next one.
//
// A candidate first puts its file there, then looks for others. Whoever sees a holder, or a candidate with a smaller name,
// gives way; a candidate with the smallest name waits until the others have decided. Names are used once, so that sweeping
// never hits a living one. Programs that do not see each other's processes (containers that share a volume, other machines
// on a network file system) do not keep each other out.

import type fs from 'node:fs/promises';
import { join } from 'node:path';
import { SessionStoreError } from './session-store-error.ts';

export type LockFiles = Pick<typeof fs, 'mkdir' | 'readdir' | 'readFile' | 'rm' | 'rmdir' | 'writeFile'>;

const HELD = '.held';
/** Of a process whose start cannot be read; then only its number counts. */
const UNKNOWN = 'x';
/** Others need a few file operations to decide. */
const PATIENCE = 200;
const PAUSE_MS = 5;
/** The folder may be removed by a holder that leaves, between our making it and using it. */
const ATTEMPTS = 10;

/** Names this process no longer stands for, whether or not the file could be removed. */
const released = new Set<string>();

export class ProcessLock {
  readonly #folder: string;
  readonly #what: string;
  readonly #files: LockFiles;
  readonly #patience: number;
  #name = '';

  /** `folder` is for the lock alone; `what` is for messages; `patience` is how often is looked. */
  constructor(folder: string, what: string, files: LockFiles, patience = PATIENCE) {
    this.#folder = folder;
    this.#what = what;
    this.#files = files;
    this.#patience = patience;
  }

  /** Rejects with SessionStoreError `STORE_IN_USE`, or with an error of the system; then it leaves nothing behind. */
  async acquire(): Promise<void> {
    const { boot, start } = await this.#identify(process.pid);
    this.#name = `${boot}-${process.pid}-${start}-${Math.random().toString(36).slice(2, 10)}`;
    try {
      await this.#apply();
      for (let look = 0; !(await this.#isAlone()); look++) {
        if (look === this.#patience) throw this.#inUse();
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
      await this.#files.writeFile(join(this.#folder, this.#name + HELD), '', { flag: 'wx' });
    } catch (error) {
      await this.release();
      throw error;
    }
  }

  /** Never rejects. */
  async release(): Promise<void> {
    released.add(this.#name);
    await this.#sweep(this.#name);
    await this.#files.rmdir(this.#folder).catch(() => {}); // others may be in it
  }

  async #apply(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.#files.mkdir(this.#folder).catch(unless('EEXIST'));
      try {
        await this.#files.writeFile(join(this.#folder, this.#name), '', { flag: 'wx', mode: 0o600 });
        return;
      } catch (error) {
        if (attempt === ATTEMPTS || codeOf(error) !== 'ENOENT') throw error;
      }
    }
  }

  /** False while another candidate has not decided. */
  async #isAlone(): Promise<boolean> {
    const names = await this.#files.readdir(this.#folder);
    let isAlone = true;
    for (const file of names) {
      const name = file.endsWith(HELD) ? file.slice(0, -HELD.length) : file;
      if (name === this.#name) continue;
      if (!(await this.#isAlive(name))) await this.#sweep(name);
      else if (names.includes(name + HELD) || name < this.#name) throw this.#inUse();
      else isAlone = false;
    }
    return isAlone;
  }

  async #isAlive(name: string): Promise<boolean> {
    const [boot, pid, start] = name.split('-');
    if (released.has(name) || !/^[1-9]\d*$/.test(pid ?? '')) return false;
    const found = await this.#identify(Number(pid));
    const differs = (a: string | undefined, b: string): boolean => a !== b && a !== UNKNOWN && b !== UNKNOWN;
    return found.isAlive && !differs(boot, found.boot) && !differs(start, found.start);
  }

  /** Process numbers are used again; with the time of its start, and the start of the system, one is unmistakable. */
  async #identify(pid: number): Promise<{ readonly isAlive: boolean; readonly boot: string; readonly start: string }> {
    const read = (path: string): Promise<string> => this.#files.readFile(path, 'utf8').catch(() => '');
    const boot = (await read('/proc/sys/kernel/random/boot_id')).slice(0, 8) || UNKNOWN;
    const [state, ...fields] = /\) (.*)/s.exec(await read(`/proc/${pid}/stat`))?.[1]?.split(' ') ?? [];
    const start = fields[18];
    if (state === undefined || start === undefined) return { isAlive: isProcess(pid), boot, start: UNKNOWN };
    return { isAlive: state !== 'Z' && state !== 'X', boot, start };
  }

  async #sweep(name: string): Promise<void> {
    // The mark of a holder last: without its candidate nobody looks at it.
    for (const file of [name, name + HELD]) {
      await this.#files.rm(join(this.#folder, file), { force: true }).catch(() => {});
    }
  }

  #inUse(): SessionStoreError {
    return new SessionStoreError('STORE_IN_USE', `${this.#what} is in use: another client has it open`);
  }
}

/** Where there is no /proc. */
function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

function unless(code: string): (error: unknown) => void {
  return (error) => {
    if (codeOf(error) !== code) throw error;
  };
}
