/**
 * startBroker for tests: memory disk, any free port, nothing left behind.
 *
 *   await using broker = await startBroker({ topics: { orders: 3 } })
 *   await broker.append('orders', [{ key: 'a', value: { total: 3 } }])
 *   for await (const record of broker.read('orders', { from: 'start', until: 'end' })) ...
 *   await broker.kill(); await broker.restart()
 *   broker.fail('produce', { with: 'NOT_LEADER_OR_FOLLOWER', times: 1 })
 *
 * It is the real broker with the real protocol. After `kill` the disk holds what a killed process would leave behind,
 * and `restart` recovers from it.
 */
import { type BrokerOptions, EmbeddedBroker } from '../embed/index.ts';
import { MemoryDisk, memoryEnvironment } from '../env/memory/index.ts';
import { DEFAULT_STORAGE } from '../server/index.ts';

const KIBIBYTE = 1024;
/** Small and quick: a test has few topics and little data. */
const STORAGE = {
  journal: { ...DEFAULT_STORAGE.journal, stepBytes: 512 * KIBIBYTE, reserveBytes: 128 * KIBIBYTE },
};
const SETTINGS = { 'offsets.topic.num.partitions': '1', 'transaction.state.log.num.partitions': '1' };

export function startBroker(options: BrokerOptions = {}): Promise<EmbeddedBroker> {
  const disk = new MemoryDisk();
  return EmbeddedBroker.start(
    { environment: () => memoryEnvironment(undefined, disk), storage: STORAGE },
    { ...options, settings: { ...SETTINGS, ...options.settings } },
  );
}
