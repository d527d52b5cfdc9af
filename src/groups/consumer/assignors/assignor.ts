/**
 * Assignor: shares the partitions of topics among members. A function: the same question has the same answer.
 *
 *   A1  every partition of a topic that somebody reads has exactly one owner, a reader of that topic
 *   A2  nobody owns anything else
 */
import type { PartitionSet } from '../partitions.ts';

export interface AssignedMember {
  readonly id: string;
  readonly instanceId: string | null;
  /** Topics that it reads; all of them exist. */
  readonly topicIds: ReadonlySet<string>;
  /** What the target gave it so far; may name partitions and topics that are gone. */
  readonly current: PartitionSet;
}

export interface AssignmentQuestion {
  readonly members: readonly AssignedMember[];
  readonly partitionCounts: ReadonlyMap<string, number>;
}

/** Member id -> what it shall own. Members without anything may be left out. */
export type Assignor = (question: AssignmentQuestion) => Map<string, PartitionSet>;

/** Topic id -> its readers, in the order of the members. */
export function readersByTopic(members: readonly AssignedMember[]): Map<string, AssignedMember[]> {
  const readers = new Map<string, AssignedMember[]>();
  for (const member of members)
    for (const topicId of member.topicIds) {
      const list = readers.get(topicId);
      if (list === undefined) readers.set(topicId, [member]);
      else list.push(member);
    }
  return readers;
}
