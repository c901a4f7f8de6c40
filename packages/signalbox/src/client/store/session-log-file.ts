// SessionLogFile: the file of a file session store: what is in it, one more record, and another file in its place. It knows
// where the log ends, and after a failure finds back to that. Who may open it, and how much it may hold, is not known here.

import type fs from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FILE_HEAD, writeFileHead, writeRecord } from './session-log.ts';
import { SessionLogReader } from './session-log-reader.ts';
import type { StoredChange } from './session-store.ts';
import { SessionStoreError } from './session-store-error.ts';

export type LogFiles = Pick<typeof fs, 'open' | 'rename' | 'rm'>;

/** Messages are nobody else's business. */
const MODE = 0o600;
/** A new file is written in records of about this size. */
const RECORD_SIZE = 256 * 1024;

export class SessionLogFile {
  readonly #path: string;
  readonly #files: LogFiles;
  readonly #isSynced: boolean;
  /** Undefined before `load`, after `close`, and after a failure that left it unclear what is at the path. */
  #file: FileHandle | undefined = undefined;
  #salt: number | undefined = undefined;
  #sequence = 0;
  #end = 0;
  /** Something may lie beyond the end which was not kept. */
  #hasRest = false;
  /** The folder has changed, and the disk may not know. */
  #isMoved = false;

  constructor(path: string, files: LogFiles, sync: 'disk' | 'process') {
    this.#path = path;
    this.#files = files;
    this.#isSynced = sync === 'disk';
  }

  /** Where the next record goes. */
  get end(): number {
    return this.#end;
  }

  /** Opens the file, or makes one. What it holds is on the disk when this resolves. */
  async load(): Promise<Map<string, Uint8Array>> {
    this.#isMoved = true; // whoever had it last may have fallen before the disk knew
    const file = await this.#files.open(this.#path, 'r+').catch((error) => {
      if (error.code !== 'ENOENT' || this.#salt !== undefined) throw error;
      return undefined;
    });
    if (file === undefined) {
      await this.#write(new Map());
      return new Map();
    }
    try {
      const { size } = await file.stat();
      const { entries, end, sequence, salt } = await new SessionLogReader(file, size, this.#path).read();
      if (end < size) await file.truncate(end);
      await this.#sync(file);
      await this.#syncFolder();
      this.#salt = salt;
      this.#end = end;
      this.#sequence = sequence;
      this.#hasRest = false;
      this.#file = file;
      return entries;
    } catch (error) {
      await file.close().catch(() => {});
      throw error;
    }
  }

  /** When it rejects, nothing of it is kept, or `append` and `close` see to that. */
  async append(changes: readonly StoredChange[]): Promise<void> {
    if (this.#file === undefined) await this.load();
    if (this.#hasRest) await this.#cutRest();
    if (this.#isMoved) await this.#syncFolder();
    const record = writeRecord(changes, this.#sequence, this.#salt!);
    this.#hasRest = true;
    try {
      await writeAll(this.#file!, record, this.#end);
      await this.#sync(this.#file!);
    } catch (error) {
      await this.#cutRest().catch(() => {});
      throw error;
    }
    this.#hasRest = false;
    this.#end += record.length;
    this.#sequence++;
  }

  /** Writes what is kept into a new file, which takes the place of the old one. When it rejects, that is still there. */
  async rewrite(): Promise<void> {
    if (this.#file === undefined) await this.load();
    if (this.#hasRest) await this.#cutRest(); // else it could come back, if the new file does not take its place
    const { entries } = await new SessionLogReader(this.#file!, this.#end, this.#path).read();
    await this.#write(entries);
  }

  async close(): Promise<void> {
    try {
      if (this.#hasRest && this.#file !== undefined) await this.#cutRest();
    } finally {
      await this.#closeFile();
      this.#salt = undefined;
    }
  }

  async #cutRest(): Promise<void> {
    await this.#file!.truncate(this.#end);
    await this.#sync(this.#file!);
    this.#hasRest = false;
  }

  async #write(entries: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const newPath = `${this.#path}.new`;
    const salt = crypto.getRandomValues(new Uint32Array(1))[0]!;
    const file = await this.#files.open(newPath, 'w+', MODE);
    let end = FILE_HEAD;
    let sequence = 0;
    try {
      await writeAll(file, writeFileHead(salt), 0);
      for (const changes of inPieces(entries)) {
        const record = writeRecord(changes, sequence++, salt);
        await writeAll(file, record, end);
        end += record.length;
      }
      await file.datasync(); // in any case: else a failure of power could take what was kept for years
      await this.#closeFile(); // Windows does not put a file in the place of one that is open
      this.#isMoved = true;
      await this.#files.rename(newPath, this.#path);
    } catch (error) {
      await file.close().catch(() => {});
      await this.#files.rm(newPath, { force: true }).catch(() => {});
      throw error;
    }
    this.#file = file;
    this.#salt = salt;
    this.#end = end;
    this.#sequence = sequence;
    this.#hasRest = false;
    await this.#syncFolder();
  }

  async #sync(file: FileHandle): Promise<void> {
    if (this.#isSynced) await file.datasync();
  }

  async #syncFolder(): Promise<void> {
    if (this.#isSynced && process.platform !== 'win32') {
      const folder = await this.#files.open(dirname(this.#path), 'r');
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    }
    this.#isMoved = false;
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    if (bytesWritten === 0) throw new SessionStoreError('STORE_FULL', 'the system wrote nothing, and did not say why');
    written += bytesWritten;
  }
}

function* inPieces(entries: ReadonlyMap<string, Uint8Array>): Generator<StoredChange[]> {
  let piece: StoredChange[] = [];
  let size = 0;
  for (const [key, value] of entries) {
    piece.push({ key, value });
    size += value.length;
    if (size < RECORD_SIZE) continue;
    yield piece;
    piece = [];
    size = 0;
  }
  if (piece.length > 0) yield piece;
}
