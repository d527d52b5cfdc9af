/**
 * I1, D6: what is told of producer ids and topics is durable when it is told: a broker that starts on what would be left by
 * the worst power cut at that very moment gives another id, and does not know the deleted topic. Asked now and then.
 */
import { silent } from '../../src/base/index.ts';
import { Simulation } from '../../src/env/sim/index.ts';
import { type Server, startServer } from '../../src/server/index.ts';
import type { BrokerProcess } from '../world/broker-process.ts';
import type { CheckerKind } from './checker.ts';

/** Starts of a copy in each run, and how likely an answer is one that is looked at. */
const COPIES_MAX = 2;
const COPY_SHARE = 0.2;

interface Copy {
  readonly sim: Simulation;
  /** What is wrong; undefined: nothing. */
  readonly look: (server: Server) => Promise<string | undefined>;
}

export const metadataAtAnswer: CheckerKind = {
  promises: ['I1', 'D6'],
  make(violated) {
    const copies: Copy[] = [];
    let process: BrokerProcess | undefined;
    let draw = () => 1;
    const copy = (look: Copy['look']) => {
      if (process === undefined || copies.length === COPIES_MAX || draw() > COPY_SHARE) return;
      const sim = new Simulation(`copy for metadata ${copies.length}`);
      process.machine.disk.copyDurableTo(sim.broker.disk);
      copies.push({ sim, look });
    };
    return {
      name: 'metadata at the answer',
      watch(sim, watched) {
        process = watched;
        const random = sim.random.fork('metadata at the answer');
        draw = () => random.next();
      },
      producerId(producer, id) {
        copy(async ({ broker }) => {
          const next = await broker.controller.allocateProducerId();
          return next > id
            ? undefined
            : `I1: ${producer} was given the producer id ${id}, ${next} comes next`;
        });
      },
      topicDeleted({ name, topicId }) {
        copy(async ({ broker }) =>
          broker.image.findById(topicId) === undefined ? undefined : `D6: ${name} was deleted, and is there`,
        );
      },
      async afterwards() {
        const { settings, limits: storage } = process!;
        for (const { sim, look } of copies) {
          const wrong = await sim.run(async () =>
            look(await startServer(sim.boot(), { settings, storage, events: silent, listens: false })),
          );
          if (wrong !== undefined) violated(`${wrong} after a power cut at that moment`);
        }
      },
    };
  },
};
