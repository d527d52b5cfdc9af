/**
 * Readings of sensors, 150 bytes of JSON each: every tenth is noise, every twentieth comes twice, and none is more than four seconds of
 * event time behind the newest of its partition. The last of each partition is an hour ahead: what is held goes out.
 */
import { encodeBatch, produceApi } from '../../src/protocol/index.ts';
import { WireClient } from '../../test/wire/wire-client.ts';

export interface Reading {
  readonly id: string;
  readonly sensor: string;
  readonly at: number;
  readonly kind: 'reading' | 'noise';
  readonly value: number;
  readonly place: string;
}

export const PARTITIONS = 4;
const PER_BATCH = 250;
const BEGIN_MS = 1_700_000_000_000;
const STEP_MS = 10;
const SHUFFLED_OVER = 200;
const AHEAD_MS = 3_600_000;
const NOISE_EACH = 10;
const TWICE_EACH = 20;

/** In each partition, of so many of it. */
export function outputsOf(perPartition: number, mode: string): number {
  const noise = Math.ceil(perPartition / NOISE_EACH);
  const twice = mode === 'all' || mode === 'dedupe' ? 0 : duplicatesOf(perPartition);
  const last = mode === 'all' || mode === 'reorder' ? 0 : 1;
  return perPartition - noise + twice + last;
}

/** Noise is sent once. */
function duplicatesOf(perPartition: number): number {
  let count = 0;
  for (let n = 0; n < perPartition; n++) if (isTwice(n)) count++;
  return count;
}

function isTwice(n: number): boolean {
  return n % TWICE_EACH === 3;
}

export async function write(port: number, topic: string, perPartition: number): Promise<number> {
  const client = await WireClient.connect(port);
  let count = 0;
  try {
    for (let partition = 0; partition < PARTITIONS; partition++)
      for (const readings of batches(partition, perPartition)) {
        const records = readings.map((reading) => ({
          key: Buffer.from(reading.sensor),
          value: Buffer.from(JSON.stringify(reading)),
          headers: [],
          timestamp: reading.at,
        }));
        const partitionData = [{ index: partition, records: encodeBatch({ records }) }];
        const answer = await client.send(produceApi, 9, {
          acks: -1,
          timeoutMs: 30_000,
          topicData: [{ name: topic, partitionData }],
        });
        const { errorCode } = answer.responses[0]!.partitionResponses[0]!;
        if (errorCode !== 0) throw new Error(`the input was refused: error ${errorCode}`);
        count += readings.length;
      }
  } finally {
    client.close();
  }
  return count;
}

function* batches(partition: number, perPartition: number): Iterable<Reading[]> {
  let batch: Reading[] = [];
  for (const reading of shuffled(partition, perPartition)) {
    batch.push(reading);
    if (batch.length < PER_BATCH) continue;
    yield batch;
    batch = [];
  }
  yield [
    ...batch,
    {
      ...readingOf(partition, perPartition),
      at: BEGIN_MS + perPartition * STEP_MS + AHEAD_MS,
      kind: 'reading',
    },
  ];
}

/** Each at a place that is at most SHUFFLED_OVER behind its own; the second of two as much again. */
function* shuffled(partition: number, perPartition: number): Iterable<Reading> {
  const places = new Map<number, number[]>();
  const put = (place: number, n: number) => places.set(place, [...(places.get(place) ?? []), n]);
  for (let n = 0; n < perPartition + 2 * SHUFFLED_OVER; n++) {
    if (n < perPartition) {
      put(n + ((n * 7919) % SHUFFLED_OVER), n);
      if (isTwice(n)) put(n + SHUFFLED_OVER + ((n * 104_729) % SHUFFLED_OVER), n);
    }
    for (const one of places.get(n) ?? []) yield readingOf(partition, one);
    places.delete(n);
  }
}

function readingOf(partition: number, n: number): Reading {
  return {
    id: `${partition}-${n}`,
    sensor: `sensor-${partition}-${n % 100}`,
    at: BEGIN_MS + n * STEP_MS,
    kind: n % NOISE_EACH === 0 ? 'noise' : 'reading',
    value: (n % 1000) / 8,
    place: 'hall 7, between the second and the third door',
  };
}
