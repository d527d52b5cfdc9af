/** Measures figures in their conditions, one after the other. What this machine cannot show is left out with its reason, and so is what failed. */
import type { Condition, Figure } from './figure.ts';
import { LimitedDisk } from './limited-disk.ts';
import { measurePairs, type Paired } from './pairs.ts';
import { Tools } from './tools.ts';

const QUICK = { pairs: 2, secondsMax: 4, warmUpSecondsMax: 15 };
const PAIRS = 5;
const STOPPED = 130;

/** What a condition has opened, to be taken down in the other order, also when the run is stopped: a disk that stays mounted is in everybody's way. */
const open: (() => Promise<unknown>)[] = [];
let isStopped = false;

export interface Plan {
  /** Short runs, short warm-ups, small sizes. */
  readonly isQuick: boolean;
  readonly isEveryCondition: boolean;
  /** Only those whose names have this text in them. */
  readonly condition: string | undefined;
  readonly pairs: number | undefined;
  readonly seconds: number | undefined;
  readonly gigabytes: number | undefined;
  /** Data lies here. */
  readonly root: string;
  readonly tell: (line: string) => void;
}

export interface LeftOut {
  readonly figure: string;
  readonly condition: string;
  readonly reason: string;
  readonly isFailure: boolean;
}

export async function measureAll(
  figures: readonly Figure[],
  plan: Plan,
): Promise<{ results: Paired[]; leftOut: LeftOut[] }> {
  const results: Paired[] = [];
  const leftOut: LeftOut[] = [];
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      isStopped = true;
      void takeDown().finally(() => process.exit(STOPPED));
    });
  for (const figure of figures) {
    for (const condition of chosen(figure, plan)) {
      if (isStopped) return { results, leftOut };
      const leave = (reason: string, isFailure: boolean) => {
        leftOut.push({ figure: figure.id, condition: condition.name, reason, isFailure });
        plan.tell(`${figure.id} ${condition.name}: ${isFailure ? 'FAILED' : 'skipped'}, ${reason}`);
      };
      const missing = whyNot(condition, plan);
      if (missing !== undefined) leave(missing, false);
      else
        await measureOne(figure, condition, plan).then(
          (paired) => results.push(paired),
          (error: unknown) => leave(error instanceof Error ? error.message : String(error), true),
        );
    }
  }
  return { results, leftOut };
}

function chosen(
  { conditions, isSeries }: Figure,
  { condition, isEveryCondition }: Plan,
): readonly Condition[] {
  if (condition !== undefined) {
    const named = conditions.filter(({ name }) => name === condition);
    return named.length > 0 ? named : conditions.filter(({ name }) => name.includes(condition));
  }
  return isEveryCondition || isSeries === true ? conditions : conditions.slice(0, 1);
}

function whyNot(
  { missing, isLarge, diskMegabytesPerSecond }: Condition,
  { root, isQuick }: Plan,
): string | undefined {
  if (isQuick && isLarge === true) return 'too large for a quick look';
  return missing?.() ?? (diskMegabytesPerSecond === undefined ? undefined : LimitedDisk.missing(root));
}

async function measureOne(figure: Figure, condition: Condition, plan: Plan): Promise<Paired> {
  const { isQuick, tell } = plan;
  const longest = isQuick ? QUICK.secondsMax : condition.seconds;
  const seconds = plan.seconds ?? Math.min(condition.seconds, longest);
  const warmUp = condition.warmUpSeconds ?? figure.warmUpSeconds;
  const pairs =
    plan.pairs ?? (isQuick ? Math.min(QUICK.pairs, figure.pairs ?? PAIRS) : (figure.pairs ?? PAIRS));
  let root = plan.root;
  try {
    if (condition.diskMegabytesPerSecond !== undefined) {
      const disk = await LimitedDisk.open(root, condition.diskMegabytesPerSecond);
      open.push(() => disk.close());
      root = disk.folder;
    }
    const tools = new Tools(condition, isQuick || seconds < condition.seconds, root, plan.gigabytes);
    open.push(() => tools.removeFolders());
    const sides = await figure.open(condition, tools);
    open.push(
      () => sides.ours.close(),
      () => sides.peer.close(),
    );
    const warmUpSeconds = isQuick ? Math.min(warmUp, QUICK.warmUpSecondsMax) : warmUp;
    return await measurePairs(figure, condition, sides, { pairs, seconds, warmUpSeconds, tell });
  } finally {
    await takeDown();
  }
}

async function takeDown(): Promise<void> {
  for (let close = open.pop(); close !== undefined; close = open.pop()) await close();
}
