/** WaitingReader: asks for committed records that an open transaction holds back, when nothing is wrong with broker and network. */
import type { Random } from '../../src/env/index.ts';
import type { LogFacts } from '../history/facts.ts';
import type { History } from '../history/history.ts';
import type { Link } from './bootstrap.ts';
import { fetchOne } from './fetching.ts';
import { drawTransactionalId } from './succession.ts';
import { TransactionalProducer } from './transactional-producer.ts';
import { makeValue } from './values.ts';

const MAX_WAIT_MS = 300;
const MAX_BYTES = 1_000_000;

export async function waitBehindOpen(
  link: Link,
  history: History,
  random: Random,
  log: LogFacts,
): Promise<void> {
  const { id, options } = drawTransactionalId(random, 'waiting');
  const producer = new TransactionalProducer(link, history, random, id, { ...options, name: 'waiting.0' });
  await producer.open();
  const transaction = producer.begin();
  await producer.write(transaction, log, [makeValue(`${transaction.name}:`, random)]);
  const began = link.env.clock.monotonic();
  const reading = await fetchOne(link, history, log, {
    reader: 'one who waits',
    offset: transaction.batches[0]!.acknowledged!,
    isolation: 'read_committed',
    maxBytes: MAX_BYTES,
    maxWaitMs: MAX_WAIT_MS,
  });
  if (typeof reading === 'string') history.violated(`R3: ${log.name}: a reader that waits got ${reading}`);
  history.waited(reading, link.env.clock.monotonic() - began, MAX_WAIT_MS);
  await producer.end(transaction, true);
}
