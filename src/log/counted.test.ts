/** What counts of a segment, while more is being written. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { OpenOptions } from '../env/index.ts';
import { MemoryDisk } from '../env/memory/index.ts';
import { LogWorld, NOW, run } from './log-fixture.ts';
import type { WritableBatch } from './log-state.ts';

/** Says when a write is under way. */
class ToldDisk extends MemoryDisk {
  onWrite = () => {};

  override async open(path: string, options?: OpenOptions) {
    const file = await super.open(path, options);
    const { write } = file;
    file.write = async (position, parts) => {
      await write.call(file, position, parts);
      this.onWrite();
    };
    return file;
  }
}

test('S6: what is being written does not count because what lies before it begins to', async () => {
  const disk = new ToldDisk();
  const { log } = new LogWorld(disk);
  const follow = (batch: WritableBatch) => log.follow(log.plan([batch], NOW)!, [batch]);
  const [first, second] = run(0, 2) as [WritableBatch, WritableBatch];
  const written = await follow(first);
  assert.deepEqual(log.segments(), []);
  disk.onWrite = () => log.count(written); // its frame is durable
  const after = await follow(second);
  assert.deepEqual(
    log.segments().map(({ lastOffset }) => lastOffset),
    [0],
  );
  log.count(after);
  assert.deepEqual(
    log.segments().map(({ lastOffset }) => lastOffset),
    [1],
  );
});
