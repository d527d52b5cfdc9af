/** Facts: what a broker says of the topics that a pipeline reads and writes. */
import type { Admin } from '@platformatic/kafka';
import type { Facts, Pipeline, TopicFacts } from '../../streams/index.ts';
import { requireTopic, topicConfigs } from '../client/topics.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';

export async function factsOf(admin: Admin, { layout }: Pipeline): Promise<Facts> {
  const own = new Set(layout.topics.map(({ name }) => name));
  const names = new Set(
    layout.stages.flatMap(({ inputs, outputs, tables }) => [
      ...inputs,
      ...outputs,
      ...tables.map(({ topic }) => topic),
    ]),
  );
  const facts = new Map<string, TopicFacts | null>();
  for (const name of names) if (!own.has(name)) facts.set(name, await topicFacts(admin, name));
  return facts;
}

async function topicFacts(admin: Admin, name: string): Promise<TopicFacts | null> {
  try {
    const { partitions } = await requireTopic(admin, name);
    return { partitions: partitions.length, keepMs: keepMs(await topicConfigs(admin, name)) };
  } catch (error) {
    if (error instanceof CommandFailed && error.exitCode === EXIT.notFound) return null;
    throw error;
  }
}

/** Undefined: a size ends it, nobody knows when. */
function keepMs(configs: ReadonlyMap<string, string | null>): number | undefined {
  const policies = (configs.get('cleanup.policy') ?? 'delete').split(',');
  if (!policies.some((policy) => policy.trim() === 'delete')) return Infinity;
  const [ms, bytes] = ['retention.ms', 'retention.bytes'].map((name) => Number(configs.get(name) ?? -1));
  if (bytes !== -1) return undefined;
  return ms === -1 ? Infinity : ms;
}
