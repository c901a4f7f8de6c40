// A configuration as `signalbox broker` would load it: words of a command line, variables, and the text of a file.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Configuration, loadConfiguration } from '../../src/config/configuration.ts';
import type { Environment } from '../../src/config/environment.ts';
import { readFlags } from '../../src/config/flags.ts';

export interface Said {
  readonly args?: readonly string[];
  readonly environment?: Environment;
  readonly file?: string;
}

export function load({ args = [], environment = {}, file }: Said): Configuration {
  if (file === undefined) return loadConfiguration(readFlags(args), environment);
  return loadConfiguration(readFlags([...args, '--config', writeFile(file)]), environment);
}

/** What is wrong, a line for each mistake, without the folder of the file. */
export function mistakes(said: Said): string[] {
  try {
    load(said);
  } catch (error) {
    return (error as Error).message.split('\n').map((line) => line.replace(/^\/\S+\/(broker\.yaml)/, '$1'));
  }
  return [];
}

export function writeFile(contents: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const name = join(folder, 'broker.yaml');
  writeFileSync(name, contents);
  return name;
}
