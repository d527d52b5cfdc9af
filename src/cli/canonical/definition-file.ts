/** DefinitionFile: a canonical definition from a file: YAML, JSON, or a program whose default export it is. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Definition,
  DefinitionError,
  Lens,
  LensBuilder,
  parseDefinition,
} from '../../canonical/index.ts';
import { CommandFailed, EXIT, usageError } from '../exit-codes.ts';

const PROGRAMS = new Set(['.ts', '.mts', '.js', '.mjs']);

/** Exit code 2 for what is wrong with it, 3 when there is no such file. */
export async function definitionFrom(file: string): Promise<Definition> {
  try {
    if (PROGRAMS.has(path.extname(file))) return await definitionOfProgram(file);
    return await parseDefinition(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof DefinitionError) throw usageError(error.message);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new CommandFailed(EXIT.notFound, `There is no file ${file}`);
    throw error;
  }
}

/** Every dialect of a definition. */
export function lensesOf(definition: Definition): Lens[] {
  return [...definition.dialects.keys()].map((name) => new Lens(definition, name));
}

async function definitionOfProgram(file: string): Promise<Definition> {
  const { default: exported } = await import(pathToFileURL(path.resolve(file)).href);
  if (exported instanceof LensBuilder) return exported.definition();
  if (exported?.dialects instanceof Map) return exported;
  throw usageError(`${file} must export a definition: export default lens('order@1', …)`);
}
