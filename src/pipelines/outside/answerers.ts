/** Answerers: by the `kind` of `outside`, who answers. Opened for every task anew. */
import type { Stage } from '../../streams/index.ts';
import { answerByFunction } from './answer-by-function.ts';
import { answerByHttp } from './answer-by-http.ts';
import { answerByLookup } from './answer-by-lookup.ts';
import { answerByPretence } from './answer-by-pretence.ts';
import { answerByProgram } from './answer-by-program.ts';
import { heldByRedis } from './held-by-redis.ts';
import { rowsByRedis } from './rows-by-redis.ts';
import type { Answerer, AnswererSettings, OpenAnswerer } from './answerer.ts';

const KINDS: Readonly<Record<string, OpenAnswerer>> = {
  function: answerByFunction,
  pretence: answerByPretence,
  'redis-held': heldByRedis,
  'redis-rows': rowsByRedis,
  lookup: answerByLookup,
  http: answerByHttp,
  program: answerByProgram,
};

/** Step -> who answers it, for the steps of a stage that ask. */
export async function openAnswerers(
  { nodes }: Stage,
  task: Omit<AnswererSettings, 'step'>,
): Promise<Map<string, Answerer>> {
  const found = new Map<string, Answerer>();
  try {
    for (const { name, node } of nodes) {
      if (node.kind !== 'step' || node.outside === undefined) continue;
      const open = KINDS[node.outside.kind];
      if (open === undefined) throw new Error(`step ${name}: nobody answers '${node.outside.kind}'`);
      found.set(name, await open(node.outside.settings, { ...task, step: name }));
    }
  } catch (error) {
    await closeAnswerers(found);
    throw error;
  }
  return found;
}

export async function closeAnswerers(answerers: ReadonlyMap<string, Answerer>): Promise<void> {
  await Promise.all([...answerers.values()].map((answerer) => answerer.close()));
}
