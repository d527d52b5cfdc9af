/**
 * D1, I2: at the moment of an acknowledgement the disk has it: a broker that starts on what would be left by the worst
 * power cut at that very moment finds the batch where it was told. Asked for some acknowledgements of each run.
 */
import { silent } from '../../src/base/index.ts';
import { Simulation } from '../../src/env/sim/index.ts';
import { startServer } from '../../src/server/index.ts';
import type { SentBatch } from '../history/facts.ts';
import type { BrokerProcess } from '../world/broker-process.ts';
import type { CheckerKind } from './checker.ts';
import { short } from './offsets.ts';

/** Recoveries per run: each costs as much as a start. */
const COPIES_MAX = 2;
const COPY_SHARE = 0.02;

interface Copy {
  readonly sim: Simulation;
  readonly batch: SentBatch;
  readonly baseOffset: number;
}

export const durableAtAck: CheckerKind = {
  promises: ['D1', 'I2'],
  make(violated) {
    const copies: Copy[] = [];
    let process: BrokerProcess | undefined;
    let draw = () => 1;
    return {
      name: 'durable at acknowledgement',
      watch(sim, watched) {
        process = watched;
        const random = sim.random.fork('durable at acknowledgement');
        draw = () => random.next();
      },
      acknowledged(batch, _attempt, baseOffset) {
        if (process === undefined || baseOffset < 0 || copies.length === COPIES_MAX || draw() > COPY_SHARE)
          return;
        // Behind a start of the log that was asked for, in a topic that may go or lets go of records, nothing need be found.
        if (batch.log.mayBeGone || batch.log.cleanup !== undefined || baseOffset < batch.log.mayStartAt)
          return;
        const sim = new Simulation(`copy ${copies.length}`);
        process.machine.disk.copyDurableTo(sim.broker.disk);
        copies.push({ sim, batch, baseOffset });
      },
      async afterwards() {
        for (const copy of copies) await look(copy, process!, violated);
      },
    };
  },
};

async function look(
  { sim, batch, baseOffset }: Copy,
  process: BrokerProcess,
  violated: (message: string) => never,
) {
  const { log, values, producer } = batch;
  const found = await sim.run(async () => {
    const { settings, limits: storage } = process;
    const server = await startServer(sim.boot(), { settings, storage, events: silent, listens: false });
    const records: string[] = [];
    const options = { partition: log.partition, from: baseOffset, until: 'end' } as const;
    for await (const record of server.log.read(log.topic, options)) {
      records.push(record.value?.toString('latin1') ?? '');
      if (records.length === values.length) break;
    }
    return records;
  });
  for (const [n, value] of values.entries())
    if (found[n] !== value)
      violated(
        `D1: ${log.name} @${baseOffset + n}: '${short(value)}' was acknowledged to ${producer}; after a power cut at that moment there is '${short(found[n] ?? 'nothing')}'`,
      );
}
