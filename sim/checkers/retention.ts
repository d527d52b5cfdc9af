/**
 * D6: retention takes nothing before its time: what lies below a log start that nobody asked for is older than retention.ms
 * by the latest time that the broker's clock ever showed, or retention.bytes are left without it.
 */
import type { LogFacts } from '../history/facts.ts';
import type { BrokerProcess } from '../world/broker-process.ts';
import type { CheckerKind } from './checker.ts';
import { short } from './offsets.ts';

function hasNewer({ records }: LogFacts, offset: number): boolean {
  const { key } = records[offset]!;
  return records.some((fact, at) => at > offset && fact?.key === key);
}

export const retention: CheckerKind = {
  promises: ['D6'],
  make(violated) {
    let process: BrokerProcess;
    let cover: (what: string) => void;
    /** Exclusive: all below was looked at. */
    const lookedTo = new Map<LogFacts, number>();
    /** Logs of which something went by size. */
    const shrunk = new Set<LogFacts>();
    /** What lies right below the log start is old by now: its age may have taken it, and how much is left says nothing of sizes. */
    const mayHaveAged = ({ records, cleanup }: LogFacts, logStartOffset: number) => {
      const newest = records[logStartOffset - 1];
      const retentionMs = cleanup?.retentionMs ?? -1;
      return (
        retentionMs >= 0 && (newest === undefined || newest.timestamp + retentionMs < process.latestWallTime)
      );
    };
    return {
      name: 'retention',
      watch(sim, watched) {
        process = watched;
        cover = (what) => sim.cover(what);
      },
      read({ log, reader, logStartOffset }) {
        if (!log.mayExpire) return;
        const { retentionMs, retentionBytes, compaction } = log.cleanup!;
        for (
          let offset = Math.max(log.mayStartAt, lookedTo.get(log) ?? 0);
          offset < logStartOffset;
          offset++
        ) {
          const fact = log.records[offset];
          if (fact === undefined) continue;
          const isOld = retentionMs >= 0 && fact.timestamp + retentionMs < process.latestWallTime;
          if (!isOld && retentionBytes >= 0) shrunk.add(log);
          // What was compacted away before does not hold back its segment.
          else if (!isOld && !(compaction !== undefined && hasNewer(log, offset)))
            violated(
              `D6: ${log.name} @${offset}: '${short(fact.value)}' is gone for ${reader}, the log begins at ${logStartOffset}; by the broker's clock it is at most ${process.latestWallTime - fact.timestamp} ms old`,
            );
        }
        if (logStartOffset > log.mayStartAt) cover('retention: a log start that nobody asked for');
        lookedTo.set(log, Math.max(lookedTo.get(log) ?? 0, logStartOffset));
      },
      finished({ logs }) {
        for (const { log, logStartOffset, bytes } of logs) {
          const least = log.cleanup?.retentionBytes ?? -1;
          if (mayHaveAged(log, logStartOffset)) continue;
          if (shrunk.has(log) && log.mayStartAt < logStartOffset && bytes < least)
            violated(
              `D6: ${log.name} keeps ${bytes} bytes from ${logStartOffset} on, retention.bytes is ${least}`,
            );
        }
      },
    };
  },
};
