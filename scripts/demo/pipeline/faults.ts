/**
 * Faults: the broker or the pipeline is killed with -9, or Redis forgets everything, in random order until all are used up.
 *
 * Before each fault the producers may send another part of the flights, so there is always work that it can hit. Half of the faults come
 * at any moment, also while the victim of the one before is still on its way back; the others when the pipeline has committed something. It
 * is counted how many found records on their way: sent, and not yet committed by the pipeline.
 */
export interface Counts {
  broker: number;
  pipeline: number;
  redis: number;
  /** Of all these, how many came while records were on their way. */
  underWay: number;
}

export interface Scene {
  readonly broker: { kill(): Promise<unknown>; start(): Promise<unknown> };
  /** Starts again by itself. */
  readonly pipeline: { kill(): Promise<unknown> };
  readonly redis: { flush(): Promise<unknown> } | undefined;
  /** The producers may send this share of the flights. */
  release(share: number): void;
  /** Rises with everything that the pipeline commits; undefined while the broker is away. */
  progress(): Promise<number | undefined>;
  /** How many records of the input the pipeline has not committed yet; undefined while the broker is away. */
  backlog(): Promise<number | undefined>;
  random(): number;
  /** What has happened so far. */
  readonly done: Counts;
}

const ANY_MOMENT_MS = 1_000;
const SOON_MS = 250;
const DOWN_MS_MAX = 400;
/** A machine that is busy with other things takes its time. */
const PROGRESS_WITHIN_MS = 120_000;
const LOOK_MS = 20;

export async function inflict(planned: Omit<Counts, 'underWay'>, scene: Scene): Promise<void> {
  const { broker, pipeline, redis, random, done } = scene;
  const faults = (['broker', 'pipeline', 'redis'] as const)
    .flatMap((kind) => Array.from({ length: planned[kind] }, () => ({ kind, at: random() })))
    .sort((a, b) => a.at - b.at);
  for (const [n, { kind }] of faults.entries()) {
    const before = await scene.progress();
    scene.release((n + 1) / (faults.length + 1));
    if (random() < 0.5) await pause(random() * ANY_MOMENT_MS);
    else await moved(scene, before);
    if (((await scene.backlog()) ?? 0) > 0) done.underWay++;
    if (kind === 'redis') await redis?.flush();
    if (kind === 'pipeline') await pipeline.kill();
    if (kind === 'broker') {
      await broker.kill();
      await pause(random() * DOWN_MS_MAX);
      await broker.start();
    }
    done[kind]++;
  }
  scene.release(1);
}

async function moved({ progress, random }: Scene, before: number | undefined): Promise<void> {
  for (const deadline = Date.now() + PROGRESS_WITHIN_MS; Date.now() < deadline; await pause(LOOK_MS)) {
    const now = await progress();
    if (now !== undefined && (before === undefined || now > before)) break;
  }
  await pause(random() * SOON_MS);
}

/** Mulberry32: the same seed, the same moments. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
