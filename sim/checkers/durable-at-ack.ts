/**
 * D1, I2: at the moment of an acknowledgement the disk has it: a broker that starts on what would be left by the worst
 * power cut at that very moment finds the batch where it was told. Asked for some acknowledgements of each run. T5: the same
 * for the commit of a transaction.
 * D3: of a topic with `gregor.flush=interval` the same is true once `gregor.flush.interval.ms` have passed, if syncs take less.
 */
import { silent } from '../../src/base/index.ts';
import { Simulation } from '../../src/env/sim/index.ts';
import { type Server, startServer } from '../../src/server/index.ts';
import { isBad } from '../client/values.ts';
import type { SentBatch } from '../history/facts.ts';
import type { TransactionFacts } from '../history/transaction-facts.ts';
import type { BrokerProcess } from '../world/broker-process.ts';
import type { CheckerKind, Violated } from './checker.ts';
import { short } from './offsets.ts';

/** Recoveries per run: each costs as much as a start. */
const COPIES_MAX = 2;
const COPY_SHARE = 0.02;
/** The default of `gregor.flush.interval.ms`, and what one usual sync takes. */
const INTERVAL_MS = 1_000 + 50;

/** The disk as a power cut would leave it at this moment, and what must be found on it. */
interface Copy {
  readonly sim: Simulation;
  readonly look: (server: Server) => Promise<void>;
}

export const durableAtAck: CheckerKind = {
  promises: ['D1', 'D3', 'I2', 'T5'],
  make(violated) {
    const copies: Copy[] = [];
    let process: BrokerProcess | undefined;
    let draw = () => 1;
    let later: (act: () => void) => void;
    const copy = (look: Copy['look']) => {
      const sim = new Simulation(`copy ${copies.length}`);
      process!.machine.disk.copyDurableTo(sim.broker.disk);
      copies.push({ sim, look });
    };
    const isDrawn = () => process !== undefined && copies.length < COPIES_MAX && draw() <= COPY_SHARE;
    const sometimes = (look: Copy['look']) => {
      if (isDrawn()) copy(look);
    };
    return {
      name: 'durable at acknowledgement',
      watch(sim, watched) {
        process = watched;
        const random = sim.random.fork('durable at acknowledgement');
        draw = () => random.next();
        later = (act) => sim.clock.after(INTERVAL_MS, act);
      },
      acknowledged(batch, _attempt, baseOffset) {
        const { mayBeGone, cleanup, mayStartAt, flush } = batch.log;
        // Behind a start of the log that was asked for, in a topic that may go or lets go of records, nothing need be found.
        if (baseOffset < 0 || mayBeGone || cleanup !== undefined || baseOffset < mayStartAt) return;
        const look: Copy['look'] = (server) =>
          batch.log.dedupe === undefined
            ? findBatch(server, batch, baseOffset, violated)
            : findIds(server, batch, violated);
        if (flush === 'ack') return sometimes(look);
        if (flush === 'os' || !isDrawn()) return;
        const life = process!.lives;
        later(() => {
          const isGone = process!.lives !== life || baseOffset < batch.log.mayStartAt;
          if (!isGone && copies.length < COPIES_MAX) copy(look);
        });
      },
      ended(transaction) {
        sometimes((server) => findEnd(server, transaction, violated));
      },
      async afterwards() {
        const { settings, limits: storage } = process!;
        for (const { sim, look } of copies)
          await sim.run(async () =>
            look(await startServer(sim.boot(), { settings, storage, events: silent, listens: false })),
          );
      },
    };
  },
};

async function findBatch(
  server: Server,
  { log, values: all, producer }: SentBatch,
  baseOffset: number,
  violated: Violated,
): Promise<void> {
  const values = all.filter((value) => log.check === undefined || !isBad(value));
  if (values.length === 0) return;
  const found: string[] = [];
  const options = {
    partition: log.partition,
    from: baseOffset,
    until: 'end',
    isolation: 'read_uncommitted',
  } as const;
  for await (const record of server.log.read(log.topic, options)) {
    found.push(record.value?.toString('latin1') ?? '');
    if (found.length === values.length) break;
  }
  for (const [n, value] of values.entries())
    if (found[n] !== value)
      violated(
        `D1: ${log.name} @${baseOffset + n}: '${short(value)}' was acknowledged to ${producer} (gregor.flush=${log.flush}); after a power cut there is '${short(found[n] ?? 'nothing')}'`,
      );
}

/** Of each id there is a record; whether it counts is asked at the end, by one-per-id.ts. */
async function findIds(server: Server, { log, keys, producer }: SentBatch, violated: Violated) {
  const options = { partition: log.partition, from: 0, until: 'end', isolation: 'read_uncommitted' } as const;
  const found = new Set<string>();
  for await (const { key } of server.log.read(log.topic, options)) found.add(key?.toString('latin1') ?? '');
  for (const key of keys)
    if (!found.has(key!))
      violated(
        `I2: ${log.name}: a record of ${producer} with the id ${key} was acknowledged; after a power cut nothing has it`,
      );
}

/** Its end was told: it is not open any more. */
async function findEnd(server: Server, transaction: TransactionFacts, violated: Violated): Promise<void> {
  const { id, identity } = transaction;
  const { transactionState, producerId, producerEpoch } = await server.broker.transactions.describe(id.name);
  const isSame = producerId === identity.producerId && producerEpoch === identity.producerEpoch;
  if (isSame && transactionState === 'Ongoing')
    violated(`T5: the end of ${transaction} was told; after a power cut at that moment it is open`);
}
