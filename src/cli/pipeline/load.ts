/** A pipeline from a file: YAML, or a program whose default export it is. What is wrong is told with its line, where one is known. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { nearest } from '../../base/index.ts';
import { type Case, type Pipeline, pipeline, topic, userFrame } from '../../streams/index.ts';
import { CommandFailed, EXIT, usageError } from '../exit-codes.ts';

export interface Loaded {
  readonly pipeline: Pipeline;
  readonly face: 'yaml' | 'typescript';
  /** YAML: what stands under `tests`; TypeScript: the export of that name. */
  readonly tests: readonly Case[];
}

const YAML = new Set(['.yaml', '.yml']);
/** What a stream can do. */
const STEPS = Object.getOwnPropertyNames(Object.getPrototypeOf(pipeline('p').from(topic('t')))).filter(
  (name) => name !== 'constructor',
);

export async function loadPipeline(file: string): Promise<Pipeline> {
  return (await loadFile(file)).pipeline;
}

/** Exit code 2 for what is wrong with it, 3 when there is no such file. */
export async function loadFile(file: string): Promise<Loaded> {
  const place = path.resolve(file);
  if (!existsSync(place)) throw new CommandFailed(EXIT.notFound, `There is no file '${file}'`);
  return YAML.has(path.extname(file)) ? loadText(file, place) : loadProgram(file, place);
}

async function loadText(file: string, place: string): Promise<Loaded> {
  const { PipelineTextError, pipelineOfText } = await import('../../pipeline-text/index.ts');
  try {
    const read = (name: string) => readFileSync(path.resolve(path.dirname(place), name), 'utf8');
    return { ...pipelineOfText(readFileSync(place, 'utf8'), file, read), face: 'yaml' };
  } catch (error) {
    if (error instanceof PipelineTextError) throw usageError(error.message);
    throw error;
  }
}

async function loadProgram(file: string, place: string): Promise<Loaded> {
  const { default: found, tests = [] } = await imported(file, place);
  if (!isPipeline(found))
    throw usageError(
      `${file}: its default export is no pipeline. It should end like: export default pipeline('name').from(…).to(…)`,
    );
  if (!Array.isArray(tests) || !tests.every(isCase))
    throw usageError(`${file}: 'tests' must be a list of { name, in, out }`);
  return { pipeline: found, tests, face: 'typescript' };
}

async function imported(file: string, place: string): Promise<{ default?: unknown; tests?: unknown }> {
  try {
    return await import(pathToFileURL(place).href);
  } catch (error) {
    throw usageError(`${placeOf(error, file, place)}: ${problemOf(error)}`);
  }
}

/** A step that does not exist is a function that does not exist, as long as no compiler has looked. */
function problemOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [, name] = /\.(\w+) is not a function$/.exec(message) ?? [];
  const near = name === undefined ? undefined : nearest(STEPS, name);
  return near === undefined ? message : `${message}. Did you mean '${near}'?`;
}

/** With the line, when it was thrown while the plan was made, or where it is no TypeScript. */
function placeOf(error: unknown, file: string, place: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const [, line] = stack.startsWith(`${place}:`)
    ? (/^(\d+)\n/.exec(stack.slice(place.length + 1)) ?? [])
    : [];
  if (line !== undefined) return `${file}:${line}`;
  const site = error instanceof Error ? userFrame(error.stack ?? '') : undefined;
  return site?.file === place ? `${file}:${site.line}:${site.column}` : file;
}

/** By what it has, for the file may have another copy of the library. */
function isPipeline(found: unknown): found is Pipeline {
  return (
    typeof found === 'object' && found !== null && 'layout' in found && 'plan' in found && 'sinks' in found
  );
}

function isCase(found: unknown): found is Case {
  return typeof found === 'object' && found !== null && 'name' in found && 'in' in found;
}
