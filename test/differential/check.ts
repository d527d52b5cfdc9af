/** Check: one script against its recording: what differs, and whether that is allowed. */
import { ALLOWED, type Allowance, isAllowedBy } from './allowed.ts';
import { type Difference, differences } from './compare.ts';
import { type Outcome, play } from './player.ts';
import { type Recording, recordedOutcomes } from './recorded.ts';
import type { Script } from './script.ts';

export interface Found {
  readonly difference: Difference;
  /** Undefined: nobody allows it. */
  readonly allowance: Allowance | undefined;
}

export interface Checked {
  /** Why there is nothing to compare with. */
  readonly missing: string | undefined;
  readonly outcomes: readonly Outcome[];
  readonly found: readonly Found[];
}

export async function compareScript(port: number, script: Script, recording: Recording): Promise<Checked> {
  // Through JSON, as Kafka's went.
  const outcomes = JSON.parse(JSON.stringify(await play(port, script))) as Outcome[];
  const recorded = recordedOutcomes(recording, script);
  if (recorded === undefined)
    return { missing: 'not recorded in this text: node test/differential/record.ts', outcomes, found: [] };
  const found = differences(recorded, outcomes).map((difference) => ({
    difference,
    allowance: ALLOWED.find((allowance) => isAllowedBy(allowance, script.name, difference)),
  }));
  return { missing: undefined, outcomes, found };
}
