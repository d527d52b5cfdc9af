/** A pipeline from a file: its default export. What is wrong with the file is told with its name, as one line. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Pipeline } from '../../streams/index.ts';
import { CommandFailed, EXIT, usageError } from '../exit-codes.ts';

export async function loadPipeline(file: string): Promise<Pipeline> {
  const place = path.resolve(file);
  if (!existsSync(place)) throw new CommandFailed(EXIT.notFound, `There is no file '${file}'`);
  const found = await load(file, place);
  if (isPipeline(found)) return found;
  throw usageError(
    `${file}: its default export is no pipeline. It should end like: export default pipeline('name').from(…).to(…)`,
  );
}

async function load(file: string, place: string): Promise<unknown> {
  try {
    return ((await import(pathToFileURL(place).href)) as { default?: unknown }).default;
  } catch (error) {
    throw usageError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** By what it has, for the file may have another copy of the library. */
function isPipeline(found: unknown): found is Pipeline {
  return (
    typeof found === 'object' && found !== null && 'layout' in found && 'plan' in found && 'sinks' in found
  );
}
