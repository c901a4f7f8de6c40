// The folder of a store: made with those above it, and closed to other users of the machine, as messages are in it.

import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** What the owner of the process alone may read and enter. */
const OWNER_ONLY = 0o700;

/**
 * Leaves a folder that is there as it is. Rejects with the error of the system, or an Error when the path is no folder.
 * Not `recursive`: where a file system refuses with ENOENT (/proc does), Node tries that for ever.
 */
export async function makeFolder(path: string): Promise<void> {
  const wanted = resolve(path);
  const missing: string[] = [];
  for (let each = wanted; (await kindOf(each)) === 'nothing'; each = dirname(each)) missing.unshift(each);
  for (const each of missing) {
    await mkdir(each, each === wanted ? { mode: OWNER_ONLY } : {}).catch(async (error: unknown) => {
      if ((await kindOf(each)) !== 'folder') throw error; // somebody else was faster, or it cannot be
    });
  }
  if ((await kindOf(wanted)) !== 'folder') throw new Error('this is no folder');
}

async function kindOf(path: string): Promise<'folder' | 'file' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'nothing';
    throw error;
  }
}
