/** Recorded: what Apache Kafka answered, one JSON file for each area, so that the comparison needs no Java. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Outcome } from './player.ts';
import type { Script } from './script.ts';

export interface Recording {
  /** The version of Apache Kafka that answered. */
  readonly kafka: string;
  readonly scripts: Readonly<
    Record<string, { readonly digest: string; readonly outcomes: readonly Outcome[] }>
  >;
}

const fileOf = (area: string) => path.join(import.meta.dirname, 'recorded', `${area}.json`);

export function readRecording(area: string): Recording {
  if (!existsSync(fileOf(area))) return { kafka: '', scripts: {} };
  return JSON.parse(readFileSync(fileOf(area), 'utf8')) as Recording;
}

export function writeRecording(area: string, recording: Recording): void {
  writeFileSync(fileOf(area), `${JSON.stringify(recording, null, 1)}\n`);
}

/** What Kafka answered to exactly this script; undefined when it was never asked or the script has changed since. */
export function recordedOutcomes(recording: Recording, script: Script): readonly Outcome[] | undefined {
  const recorded = recording.scripts[script.name];
  return recorded?.digest === script.digest ? recorded.outcomes : undefined;
}
