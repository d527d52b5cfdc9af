/**
 * Patch: one place of the source that is another in this process. Production code has no switches: a planted bug is text
 * that is put in while Node loads the module.
 *
 *   file   of the repository, from its root       from   stands there exactly once       to   stands there instead
 *
 * A patch whose text is no longer there fails at once, loudly: then the code changed, and the bug must be written anew.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

export interface Patch {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Throws when the text is not there exactly once. */
export function patched(source: string, { file, from, to }: Patch): string {
  const parts = source.split(from);
  if (parts.length !== 2)
    throw new Error(`a patch of ${file} finds its text ${parts.length - 1} times, not once:\n${from}`);
  return parts.join(to);
}

/** Throws when one of the patches does not fit the source as it is now. */
export function checkPatches(patches: readonly Patch[]): void {
  for (const [file, own] of byFile(patches)) own.reduce(patched, readFileSync(path.join(ROOT, file), 'utf8'));
}

/**
 * From now on every module that is loaded is loaded with its patches. Call it before the first import of `src`. Answers a
 * question for later: which files have patches and were not loaded since, so are not patched?
 */
export function applyPatches(patches: readonly Patch[]): () => string[] {
  checkPatches(patches);
  const waiting = new Set(byFile(patches).keys());
  const byUrl = new Map(
    [...byFile(patches)].map(([file, own]) => [pathToFileURL(path.join(ROOT, file)).href, own]),
  );
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const own = byUrl.get(url);
      if (own === undefined) return loaded;
      waiting.delete(own[0]!.file);
      const source =
        typeof loaded.source === 'string'
          ? loaded.source
          : Buffer.from(loaded.source as Uint8Array).toString();
      return { ...loaded, source: own.reduce(patched, source) };
    },
  });
  return () => [...waiting];
}

function byFile(patches: readonly Patch[]): Map<string, Patch[]> {
  return Map.groupBy(patches, ({ file }) => file);
}
