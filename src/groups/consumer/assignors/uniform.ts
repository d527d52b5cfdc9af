/**
 * Uniform: all members own as many partitions as their subscriptions allow, and as few as possible move.
 *
 *   U1  members that read the same topics differ by one partition at most
 *   U2  no single move makes two readers of its topic more even (up to PASSES_MAX passes over the topics)
 *   U3  a partition moves only for the sake of U1 or U2, or because its owner is gone
 *
 * All read the same topics: keep what fits each one's share, hand out the rest. They do not: keep all, give the rest to
 * those with least, then even out until nothing improves.
 */
import { type AssignedMember, type Assignor, readersByTopic } from './assignor.ts';

/** Each pass about halves the unevenness. */
const PASSES_MAX = 32;

interface Load {
  readonly member: AssignedMember;
  /** Place in the order of members: breaks ties, so that answers are repeatable. */
  readonly rank: number;
  count: number;
}

/** Topic id -> partition -> who owns it. */
type Owners = Map<string, (Load | undefined)[]>;

export const uniform: Assignor = ({ members, partitionCounts }) => {
  const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
  const readers = readersByTopic(sorted);
  const loads = new Map(
    sorted.map((member, rank): [string, Load] => [member.id, { member, rank, count: 0 }]),
  );
  const owners: Owners = new Map();
  for (const topicId of [...readers.keys()].sort())
    owners.set(
      topicId,
      Array.from({ length: partitionCounts.get(topicId)! }, () => undefined),
    );
  keepCurrent(loads, owners);
  if (allReadTheSame(sorted)) {
    shareOut([...loads.values()], owners);
  } else {
    giveRest(readers, loads, owners);
    evenOut(readers, loads, owners);
  }
  return targets(sorted, owners);
};

function keepCurrent(loads: ReadonlyMap<string, Load>, owners: Owners): void {
  for (const load of loads.values())
    for (const [topicId, partitions] of load.member.current) {
      const topic = owners.get(topicId);
      if (topic === undefined || !load.member.topicIds.has(topicId)) continue;
      for (const partition of partitions) {
        if (partition >= topic.length || topic[partition] !== undefined) continue;
        topic[partition] = load;
        load.count += 1;
      }
    }
}

function allReadTheSame(members: readonly AssignedMember[]): boolean {
  const [first] = members;
  return members.every(
    ({ topicIds }) =>
      topicIds.size === first!.topicIds.size && [...topicIds].every((id) => first!.topicIds.has(id)),
  );
}

/** Members that read the same: each has a share. Those that have most keep the larger ones, the rest goes out in runs. */
function shareOut(loads: readonly Load[], owners: Owners): void {
  const shares = sharesOf(loads, owners);
  takeAbove(shares, owners);
  const below = loads.filter((load) => load.count < shares.get(load)!);
  for (const topic of owners.values())
    for (let partition = 0; partition < topic.length; partition++) {
      if (topic[partition] !== undefined) continue;
      const load = below[0]!;
      topic[partition] = load;
      load.count += 1;
      if (load.count === shares.get(load)) below.shift();
    }
}

function sharesOf(loads: readonly Load[], owners: Owners): Map<Load, number> {
  let total = 0;
  for (const topic of owners.values()) total += topic.length;
  const share = Math.floor(total / loads.length);
  const larger = total % loads.length;
  const byNeed = [...loads].sort((a, b) => b.count - a.count || a.rank - b.rank);
  return new Map(byNeed.map((load, i) => [load, i < larger ? share + 1 : share]));
}

/** From the end: so what a member keeps stays as it was. */
function takeAbove(shares: ReadonlyMap<Load, number>, owners: Owners): void {
  if (![...shares].some(([load, share]) => load.count > share)) return;
  for (const topic of [...owners.values()].reverse())
    for (let partition = topic.length - 1; partition >= 0; partition--) {
      const load = topic[partition];
      if (load === undefined || load.count <= shares.get(load)!) continue;
      topic[partition] = undefined;
      load.count -= 1;
    }
}

/** Topics with the fewest readers first: they have the least choice. */
function giveRest(
  readers: ReadonlyMap<string, readonly AssignedMember[]>,
  loads: ReadonlyMap<string, Load>,
  owners: Owners,
): void {
  const topicIds = [...owners.keys()].sort((a, b) => readers.get(a)!.length - readers.get(b)!.length);
  for (const topicId of topicIds) {
    const topic = owners.get(topicId)!;
    if (!topic.includes(undefined)) continue;
    const byLoad = new LoadQueue(readers.get(topicId)!.map(({ id }) => loads.get(id)!));
    for (let partition = 0; partition < topic.length; partition++)
      if (topic[partition] === undefined) topic[partition] = byLoad.takeLeast();
  }
}

/** A binary heap of loads, the least first. */
class LoadQueue {
  readonly #heap: Load[];

  constructor(loads: Load[]) {
    this.#heap = loads.sort(lessLoaded);
  }

  /** The least loaded, with one more now. */
  takeLeast(): Load {
    const heap = this.#heap;
    const least = heap[0]!;
    least.count += 1;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && lessLoaded(heap[right]!, heap[left]!) < 0 ? right : left;
      if (lessLoaded(heap[at]!, heap[child]!) <= 0) break;
      [heap[at], heap[child]] = [heap[child]!, heap[at]!];
      at = child;
    }
    return least;
  }
}

function lessLoaded(a: Load, b: Load): number {
  return a.count - b.count || a.rank - b.rank;
}

function leastLoaded(loads: readonly Load[]): Load {
  return loads.reduce((best, load) => (lessLoaded(load, best) < 0 ? load : best));
}

function evenOut(
  readers: ReadonlyMap<string, readonly AssignedMember[]>,
  loads: ReadonlyMap<string, Load>,
  owners: Owners,
): void {
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    let moved = false;
    for (const [topicId, topic] of owners) {
      const candidates = readers.get(topicId)!.map(({ id }) => loads.get(id)!);
      let least = leastLoaded(candidates);
      for (let partition = 0; partition < topic.length; partition++) {
        const owner = topic[partition]!;
        if (owner.count - least.count < 2) continue;
        owner.count -= 1;
        least.count += 1;
        topic[partition] = least;
        least = leastLoaded(candidates);
        moved = true;
      }
    }
    if (!moved) return;
  }
}

function targets(members: readonly AssignedMember[], owners: Owners): Map<string, Map<string, Set<number>>> {
  const result = new Map(members.map(({ id }) => [id, new Map<string, Set<number>>()]));
  for (const [topicId, topic] of owners)
    for (const [partition, load] of topic.entries()) {
      const target = result.get(load!.member.id)!;
      let partitions = target.get(topicId);
      if (partitions === undefined) target.set(topicId, (partitions = new Set()));
      partitions.add(partition);
    }
  return result;
}
