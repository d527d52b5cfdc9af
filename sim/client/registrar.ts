/** Registrar: writes values of keys to one log, in transactions of a few batches; the trade of a clerk. */
import type { LogFacts } from '../history/facts.ts';
import type { Link } from './bootstrap.ts';
import { Clerk, type Trade } from './clerk.ts';
import type { ProducerOptions } from './producer.ts';
import { beginSuccession, drawTransactionalId, type Stage, type Succession } from './succession.ts';
import { dressed, makeBatchOf } from './values.ts';

type Keyed = NonNullable<ProducerOptions['keyed']>;

const BATCHES_MAX = 3;

function registrar(log: LogFacts, { keys, tombstoneShare }: Keyed): Trade {
  return {
    name: 'registrar',
    async serve(clerk) {
      const { producer, random } = clerk;
      const transaction = producer.begin();
      for (let n = 1 + random.below(BATCHES_MAX); n > 0; n--) {
        const made = makeBatchOf(`${transaction.name}.${n}`, random, tombstoneShare);
        const values =
          log.check === undefined ? made : made.map((text) => dressed(text, random, badShare(log)));
        const named = values.map(() => `k${random.below(keys)}`);
        await producer.write(transaction, log, values, named);
        if (!clerk.isRestless) continue;
        await clerk.doze();
        if (random.below(3) === 0) return true;
      }
      await producer.end(transaction, random.below(3) > 0);
      return false;
    },
  };
}

/** A transaction is not to fail because of its records. */
const badShare = ({ check }: LogFacts) => (check?.reject === 'deadletter' ? check.badShare : 0);

/** Those who write to a log under one transactional id, one after another. */
export function beginRegistrars(
  stage: Stage,
  link: (name: string) => Link,
  id: string,
  log: LogFacts,
  keyed: Keyed,
): Succession<Clerk> {
  const { random } = stage;
  const options = {
    restlessness: [0, 0.1, 0.3][random.below(3)]!,
    pauseMs: [10, 60][random.below(2)]!,
  };
  return beginSuccession(stage, drawTransactionalId(random, id), (name, producer) => {
    const own = link(name);
    return new Clerk(own, random.fork(name), producer(own), options, registrar(log, keyed));
  });
}
