/**
 * DiskFaults: how slow, how full and how broken a simulated disk is. A scenario changes them while the world runs.
 *
 *   slow       verbs wait for other programs, for a cache to be written, for a failing sector to be tried again; all of
 *              them, or those on some files only
 *   full       other programs fill the file system: a write ends in the middle, then ENOSPC
 *   failing    the n-th verb of a kind gets EIO, or another error; a failed sync drops what it could not write and calls it clean
 */
export interface DiskSpeed {
  readonly quickMs: number;
  readonly slowShare: number;
  readonly slowMs: number;
  /** Whether it is meant for a file of this kind: the others keep the usual speed. All when absent. */
  readonly concerns?: (kind: string) => boolean;
}

/** Most verbs are quick, a few are slow: queues must build up sometimes. */
export const USUAL_SPEED: DiskSpeed = { quickMs: 0.2, slowShare: 0.02, slowMs: 20 };

/** The `nth` verb whose kind matches fails. */
export interface FailPoint {
  readonly matches: (kind: string) => boolean;
  readonly nth: number;
  /** An input/output error when absent. A sync may find no room too, where space is only given at that time. */
  readonly code?: 'EIO' | 'ENOSPC';
}

export class FailPoints {
  #points: { readonly point: FailPoint; passed: number }[] = [];

  add(point: FailPoint): void {
    this.#points.push({ point, passed: 0 });
  }

  clear(): void {
    this.#points = [];
  }

  get size(): number {
    return this.#points.length;
  }

  /** The error with which this verb fails. */
  reaches(kind: string): 'EIO' | 'ENOSPC' | undefined {
    for (const entry of this.#points) {
      if (!entry.point.matches(kind) || ++entry.passed < entry.point.nth) continue;
      this.#points = this.#points.filter((other) => other !== entry);
      return entry.point.code ?? 'EIO';
    }
    return undefined;
  }
}

/**
 * What a path is, for counting: `.log`, `journal`, `manifest`, `folder` ...: the suffix, else the folder of a numbered
 * file, else the name without its last letter or digits.
 */
export function kindOfPath(path: string): string {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  const name = names.at(-1);
  if (name === undefined) return 'root';
  const suffix = /\.[a-z]+$/.exec(name)?.[0];
  if (suffix !== undefined) return suffix;
  if (/^\d+$/.test(name)) return names.at(-2) ?? 'number';
  if (/^[0-9a-f]{32}/.test(name)) return 'id';
  return name.replace(/-([a-z]|\d+)$/, '');
}
