/** One seed again, and the hunt for a planted bug: in this process, with its modules patched. */
import assert from 'node:assert/strict';
import { PLANTED_BUGS } from '../bugs/index.ts';
import { PROBES } from '../coverage/probes.ts';
import type { DirectedFault } from '../../src/env/sim/index.ts';
import { applyPatches } from '../patches/patch.ts';
import type { Scenario } from '../scenarios/index.ts';

/** Of one scenario, or of all of them, one after the other. Answers the exit code. */
export async function replay(
  name: string | undefined,
  seed: number,
  directed: DirectedFault | undefined,
): Promise<number> {
  const unpatched = applyPatches(PROBES);
  const { SCENARIOS } = await import('../scenarios/index.ts');
  assert.deepEqual(unpatched(), [], 'a probe is only in what is loaded after its patch');
  if (name !== undefined) {
    const scenario = SCENARIOS[name];
    if (scenario === undefined) return noScenario(name, Object.keys(SCENARIOS));
    return replayOne(scenario, '', seed, directed);
  }
  let code = 0;
  for (const [each, scenario] of Object.entries(SCENARIOS))
    code = Math.max(code, await replayOne(scenario, `${each}: `, seed, directed));
  return code;
}

async function replayOne(
  scenario: Scenario,
  label: string,
  seed: number,
  directed: DirectedFault | undefined,
): Promise<number> {
  const { describe, hasCome } = await import('./seeds.ts');
  try {
    const outcome = await scenario(seed, directed);
    const { traceHash, events, virtualMs, lives, acknowledged } = outcome;
    console.log(
      `${label}trace ${traceHash} · ${events} events · ${Math.round(virtualMs)} virtual ms · ${lives} lives · ${acknowledged} acknowledged batches`,
    );
    if (directed === undefined || hasCome(directed, outcome)) return 0;
    console.error(
      `${label}The fault did not come: '${directed.place}' has ${outcome.occasions.get(directed.place) ?? 0} occasions.`,
    );
    return 2;
  } catch (error) {
    console.error(`${label}${describe(error)}`);
    return 1;
  }
}

export interface Hunt {
  /** Other than the one that should find it. */
  readonly scenario: string | undefined;
  readonly first: number;
  readonly seeds: number;
  /** Only this seed, and everything that it says. */
  readonly seed: number | undefined;
  /** Comes in each of them. */
  readonly directed: DirectedFault | undefined;
}

/** Runs seeds until one fails. Exit code 0: the bug was found. */
export async function huntBug(name: string, hunt: Hunt): Promise<number> {
  const bug = PLANTED_BUGS[name];
  if (bug === undefined) {
    console.error(`There is no bug '${name}'; there are: ${Object.keys(PLANTED_BUGS).join(', ')}`);
    return 2;
  }
  const scenarioName = hunt.scenario ?? ('scenario' in bug.finder ? bug.finder.scenario : undefined);
  if (scenarioName === undefined) {
    console.error(`'${name}' is found by a unit test: node sim/run.ts --planted --only ${name}`);
    return 2;
  }
  const unpatched = applyPatches(bug.patches);
  const { SCENARIOS } = await import('../scenarios/index.ts');
  const { describe } = await import('./seeds.ts');
  assert.deepEqual(unpatched(), [], 'a bug is only planted in what is loaded after its patch');
  const scenario = SCENARIOS[scenarioName];
  if (scenario === undefined) return noScenario(scenarioName, Object.keys(SCENARIOS));
  const first = hunt.seed ?? hunt.first;
  const last = hunt.seed ?? first + hunt.seeds - 1;
  for (let seed = first; seed <= last; seed++)
    try {
      await scenario(seed, hunt.directed);
    } catch (error) {
      const told = describe(error);
      console.log(`${name}: found by seed ${seed}: ${hunt.seed === undefined ? told.split('\n')[0] : told}`);
      return 0;
    }
  console.log(`${name}: ${last - first + 1} seeds did not find it`);
  return 1;
}

function noScenario(name: string | undefined, names: readonly string[]): number {
  console.error(`There is no scenario '${name}'; there are: ${names.join(', ')}`);
  return 2;
}
