/**
 * LostState: a changelog is made at a start, and what it belongs to has been read before. Behind a repartition that means that somebody has
 * deleted it, and with it what the steps knew and held: the pipeline stops once. Behind an input it may as well be the first step that
 * keeps anything: that is told.
 */
import type { EventSink } from '../base/index.ts';
import { type Layout, PlanError, type Stage } from '../streams/index.ts';
import type { LogClient, Membership } from './log-client.ts';
import { hopsOf } from './trim.ts';

interface Surroundings {
  readonly layout: Layout;
  readonly client: LogClient;
  readonly membership: Membership;
  readonly partitionsOf: (topic: string) => number;
  readonly events: EventSink | undefined;
}

/** `made`: the topics that this start had to make. */
export async function checkState(made: ReadonlySet<string>, surroundings: Surroundings): Promise<void> {
  const { layout, events } = surroundings;
  const hops = hopsOf(layout);
  for (const stage of layout.stages) {
    if (stage.changelog === undefined || !made.has(stage.changelog)) continue;
    for (const topic of stage.inputs) {
      const read = await readBefore(topic, hops.has(topic), surroundings);
      if (read === undefined) continue;
      const what =
        `there was no '${stage.changelog}', though '${topic}' is read up to offset ${read.offset} of partition ${read.partition}: ` +
        `${stepsOf(stage)} would begin with nothing there`;
      const instead = 'To do the work again from an earlier place: gregor group seek';
      if (hops.has(topic))
        throw new PlanError(
          `${what}. If somebody deleted it, what was held in it is lost. It is made now: to go on like that, start the pipeline again. ${instead}`,
        );
      const message = `${what}. That is right for a step that is new; if somebody deleted it, what was held in it is lost. ${instead}`;
      events?.('warn', 'pipeline.state.new', { pipeline: layout.settings.name, message });
    }
  }
}

/** Where the group stands, if it has come anywhere. What lies before it in a repartition topic may be deleted. */
async function readBefore(
  topic: string,
  isHop: boolean,
  { client, membership, partitionsOf }: Surroundings,
): Promise<{ readonly partition: number; readonly offset: number } | undefined> {
  for (let partition = 0; partition < partitionsOf(topic); partition++) {
    const offset = await membership.committed(topic, partition);
    const start = isHop ? 0 : await client.start?.(topic, partition);
    if (start !== undefined && offset > start) return { partition, offset };
  }
  return undefined;
}

function stepsOf({ nodes }: Stage): string {
  return nodes
    .filter(({ node }) => node.kind === 'step' && node.state !== undefined)
    .map(({ name }) => name)
    .join(', ');
}
