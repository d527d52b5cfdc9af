/**
 * Range: each topic is cut into consecutive runs, one for each of its readers, in one order for all topics: so partition n
 * of every topic goes to the same member when all read the same topics of the same size, and joins work locally.
 *
 * Static members come first, by instance id: they keep their runs when their processes restart under new member ids.
 */
import { type AssignedMember, type Assignor, readersByTopic } from './assignor.ts';

export const range: Assignor = ({ members, partitionCounts }) => {
  const targets = new Map<string, Map<string, Set<number>>>();
  for (const { id } of members) targets.set(id, new Map());
  for (const [topicId, readers] of readersByTopic([...members].sort(byInstanceThenId))) {
    const count = partitionCounts.get(topicId)!;
    const share = Math.floor(count / readers.length);
    const larger = count % readers.length;
    let next = 0;
    for (const [i, { id }] of readers.entries()) {
      const end = next + share + (i < larger ? 1 : 0);
      const run = new Set<number>();
      for (; next < end; next++) run.add(next);
      if (run.size > 0) targets.get(id)!.set(topicId, run);
    }
  }
  return targets;
};

function byInstanceThenId(a: AssignedMember, b: AssignedMember): number {
  if (a.instanceId !== null && b.instanceId !== null) return compare(a.instanceId, b.instanceId);
  if (a.instanceId !== null) return -1;
  if (b.instanceId !== null) return 1;
  return compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
