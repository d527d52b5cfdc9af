/**
 * Stale ends: what a life that ended in the midst of things left behind the end of files, where no manifest counts it: more index
 * entries than the next life writes into the same file, an aborted transaction, a `.new` that did not come to its name. By chance that
 * hardly ever comes: the next life is given the same batches, and writes as much as the one before.
 */
import { kindOfPath, type SimDisk } from '../../src/env/sim/index.ts';
import type { Random } from '../../src/env/index.ts';
import { MANIFEST_FILES } from '../../src/log/index.ts';

const STALE_BYTES_MAX = 200;
/** Hardly any manifest or snapshot of the simulated broker is as long. */
const REPLACEMENT_BYTES = 4096;
/** Of the segments and snapshots that have no such file. */
const MADE_SHARE = 0.3;

/** `lastLife` 0: the folder is empty, but for a start that did not come far. */
export function leaveStaleEnds(disk: SimDisk, lastLife: number, random: Random): void {
  const junk = (bytes: number) => Buffer.alloc(bytes, random.below(256));
  if (lastLife === 0) {
    disk.writeBehindEnd(`${MANIFEST_FILES[0]}.new`, junk(REPLACEMENT_BYTES));
    return;
  }
  const paths = new Set(disk.files().map(({ path }) => path));
  for (const segment of newestSegments(paths)) {
    for (const path of [`${segment}.index`, `${segment}.timeindex`])
      if (paths.has(path)) disk.writeBehindEnd(path, junk(1 + random.below(STALE_BYTES_MAX)));
    const aborted = `${segment}.txnindex`;
    if (paths.has(aborted) || random.next() < MADE_SHARE)
      disk.writeBehindEnd(aborted, junk(1 + random.below(STALE_BYTES_MAX)));
  }
  for (const path of paths)
    if (path.endsWith('.new') || (isSnapshot(path) && random.next() < MADE_SHARE))
      disk.writeBehindEnd(path.endsWith('.new') ? path : `${path}.new`, junk(REPLACEMENT_BYTES));
}

function isSnapshot(path: string): boolean {
  return path.endsWith('.snapshot') || path.endsWith('.dedupe');
}

/** Of each partition, without suffix. The others are sealed: nothing is written into them any more. */
function newestSegments(paths: ReadonlySet<string>): readonly string[] {
  const newest = new Map<string, string>();
  for (const path of paths) {
    if (kindOfPath(path) !== '.log') continue;
    const folder = path.slice(0, path.lastIndexOf('/'));
    const segment = path.slice(0, -'.log'.length);
    if (segment > (newest.get(folder) ?? '')) newest.set(folder, segment);
  }
  return [...newest.values()];
}
