/**
 * K5: once everything is quiet, a partition's folder holds the segments of the log and no others: neither those that retention,
 * compaction or a crash left behind, nor the folders of deleted topics.
 */
import type { BrokerProcess } from '../world/broker-process.ts';
import type { CheckerKind } from './checker.ts';

export const leftovers: CheckerKind = {
  promises: ['K5'],
  make: () => ({ name: 'leftovers' }),
};

/** As text; '' when there is nothing that does not belong there. */
export function leftoversOf(process: BrokerProcess): string {
  const expected = new Map<string, number>();
  for (const { log } of process.server?.broker.partitions.all() ?? [])
    expected.set(log.directory, log.segments().length);
  const found = new Map<string, number>();
  for (const { path } of process.machine.disk.files()) {
    const [room, partition] = path.split('/');
    if (room !== 'partitions') continue;
    const directory = `${room}/${partition}`;
    found.set(directory, (found.get(directory) ?? 0) + (path.endsWith('.log') ? 1 : 0));
  }
  return [...found]
    .filter(([directory, segments]) => expected.get(directory) !== segments)
    .map(
      ([directory, segments]) =>
        `${directory} has ${segments} segments, the log ${expected.get(directory) ?? 'is gone'}`,
    )
    .join('; ');
}
