/** Positions: from where someone wants to begin to an offset for each partition. */
import { CommandFailed, EXIT } from '../exit-codes.ts';
import type { OffsetSpec } from './offset-spec.ts';
import type { BytesConsumer } from './session.ts';

const LATEST = -1n;
const EARLIEST = -2n;

export async function positionsAt(
  consumer: BytesConsumer,
  topic: string,
  partitions: readonly number[],
  spec: OffsetSpec,
): Promise<Map<number, bigint>> {
  const starts = await offsetsAt(consumer, topic, partitions, EARLIEST);
  const ends = await endsOf(consumer, topic, partitions);
  const times =
    spec.kind === 'time' ? await offsetsAt(consumer, topic, partitions, spec.timestamp) : undefined;
  return new Map(
    partitions.map((partition): [number, bigint] => {
      const [start, end] = [starts.get(partition) ?? 0n, ends.get(partition) ?? 0n];
      return [
        partition,
        requireInside(offsetOf(spec, partition, start, end, times), start, end, topic, partition),
      ];
    }),
  );
}

/** The offset after the last record that is committed now. */
export function endsOf(
  consumer: BytesConsumer,
  topic: string,
  partitions: readonly number[],
): Promise<Map<number, bigint>> {
  return offsetsAt(consumer, topic, partitions, LATEST);
}

async function offsetsAt(
  consumer: BytesConsumer,
  topic: string,
  partitions: readonly number[],
  timestamp: bigint,
): Promise<Map<number, bigint>> {
  const listed = await consumer.listOffsets({
    topics: [topic],
    partitions: { [topic]: [...partitions] },
    timestamp,
  });
  const offsets = listed.get(topic) ?? [];
  return new Map(partitions.map((partition) => [partition, offsets[partition] ?? -1n]));
}

function offsetOf(
  spec: OffsetSpec,
  partition: number,
  start: bigint,
  end: bigint,
  times: ReadonlyMap<number, bigint> | undefined,
): bigint {
  switch (spec.kind) {
    case 'start':
      return start;
    case 'end':
      return end;
    case 'offset':
      return spec.offset;
    case 'last':
      return end - spec.count < start ? start : end - spec.count;
    case 'each':
      return spec.offsets.get(partition) ?? start;
    case 'time': {
      const offset = times?.get(partition) ?? -1n;
      return offset < 0n ? end : offset; // no record that late: what comes is
    }
  }
}

function requireInside(offset: bigint, start: bigint, end: bigint, topic: string, partition: number): bigint {
  if (offset >= start && offset <= end) return offset;
  const why = offset < start ? `begins at ${start} now` : `ends at ${end}`;
  throw new CommandFailed(
    EXIT.notFound,
    `${topic}, partition ${partition} ${why}: offset ${offset} is not there. See: -o start, -o end`,
  );
}
