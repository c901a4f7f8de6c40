// The committed corpus: valid packets in annotated hex with the versions they belong to, and inputs which once found a
// mistake (corpus/findings.json, plain hex, valid or not). Whoever finds one adds it there.

import { readdirSync, readFileSync } from 'node:fs';
import type { ProtocolVersion } from '../../src/mqtt/wire-format.ts';
import { type Field, parseFields } from './packet-tree.ts';

export interface Seed {
  readonly name: string;
  readonly version: ProtocolVersion;
  readonly annotated: string;
  readonly fields: readonly Field[];
}

export interface Finding {
  readonly name: string;
  readonly version: ProtocolVersion;
  readonly hex: string;
}

interface CorpusEntry {
  readonly name: string;
  readonly versions: readonly ProtocolVersion[];
  /** Lines of annotated hex. */
  readonly bytes: readonly string[];
}

const FOLDER = new URL('./corpus/', import.meta.url);
const FINDINGS = 'findings.json';

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
}

/** One seed for each packet and version. */
export function readCorpus(): Seed[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json') && file !== FINDINGS);
  return files.sort().flatMap((file) =>
    (readJson(file) as CorpusEntry[]).flatMap(({ name, versions, bytes }) => {
      const annotated = bytes.join('\n');
      return versions.map((version) => ({ name, version, annotated, fields: parseFields(annotated) }));
    }),
  );
}

export function readFindings(): Finding[] {
  return readJson(FINDINGS) as Finding[];
}
