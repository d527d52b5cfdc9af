/**
 * GoneOutput: a topic that the pipeline writes was there when it began, and is not there any more: a changelog, a repartition topic, an output.
 * Trying again does not help; a new start makes it anew, and says what that means where it was a changelog.
 */
import type { Layout } from '../streams/index.ts';
import type { LogClient } from './log-client.ts';
import { MissingTopic } from './missing-topic.ts';

/** For a task that fails again and again. Undefined: they are all there, or nobody can say. */
export async function goneOutput(layout: Layout, client: LogClient): Promise<MissingTopic | undefined> {
  const written = new Set([
    ...layout.topics.map(({ name }) => name),
    ...layout.stages.flatMap(({ outputs }) => outputs),
  ]);
  let known: ReadonlyMap<string, number>;
  try {
    known = await client.partitions([...written]);
  } catch {
    return undefined; // the broker is away: that is what the task failed of
  }
  const gone = [...written].filter((name) => !known.has(name));
  if (gone.length === 0) return undefined;
  return new MissingTopic(
    `there is no topic '${gone.join("', '")}' any more, which the pipeline writes. If somebody deleted it, start the pipeline again: it is made ` +
      'anew, and what is lost with it is told',
  );
}

/** Nobody shall make a changelog by hand: it would be taken for one that has nothing in it yet. */
export function ofOwnTopic(message: string, { topics }: Layout): string {
  const own = topics.find(({ name }) => message.endsWith(`gregor topic create ${name}`));
  return own === undefined
    ? message
    : `there is no topic '${own.name}' any more, which is the pipeline's own; it is looked for a few times more`;
}
