/** A pipeline with its state on disk, stopped and killed: it reads only what is new in the changelog, and its outputs are right. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { nodeEnvironment } from '../../env/node/index.ts';
import { pipeline, serde, topic } from '../../streams/index.ts';
import type { Fetched, Position } from '../log-client.ts';
import { ArrayLog } from '../log-fixture.ts';
import { runPipeline } from '../run.ts';

const { clock } = nodeEnvironment('/nonexistent');
const ROUND = 300;

class CountingLog extends ArrayLog {
  /** Rows of the changelog that were read since the last question. */
  #rows = 0;

  takeRows(): number {
    const rows = this.#rows;
    this.#rows = 0;
    return rows;
  }

  override async *readAll(from: Position): AsyncIterable<Fetched> {
    for await (const fetched of super.readAll(from)) {
      this.#rows += fetched.records.length;
      yield fetched;
    }
  }
}

test('a start reads the tail of the changelog; without its folder it reads all of it; each id once', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'gregor-state-'));
  const folder = path.join(root, 'state');
  const plan = pipeline('p', { commitEvery: '20ms', state: { store: 'disk', folder } })
    .from(topic('in', { key: serde.text }))
    .dedupe({ window: { count: 100_000 } })
    .to(topic('out', { key: serde.text }));
  assert.match(plan.plan(), new RegExp(`state lies in ${folder}, and whole in the changelogs`));
  const log = new CountingLog(clock, { in: 1, out: 1 });
  let written = 0;
  const read: number[] = [];
  let isLosing = false;
  log.onCommit = () => isLosing;
  for (const round of ['first', 'second', 'lost answer', 'after it', 'without the folder']) {
    log.append(
      'in',
      ...Array.from({ length: ROUND }, (_, n) => ({ key: String((written += n % 3 === 0 ? 1 : 0)) })),
    );
    if (round === 'without the folder') renameSync(folder, path.join(root, 'aside'));
    isLosing = round === 'lost answer';
    const stopping = new AbortController();
    const running = runPipeline(plan, { client: log, clock, signal: stopping.signal });
    while (log.committedOffset('in') < log.records('in').length) await clock.sleep(5);
    isLosing = false;
    stopping.abort();
    await running;
    read.push(log.takeRows());
  }
  const ids = log.records('out').map(({ key }) => Number(key));
  assert.deepEqual(
    ids,
    Array.from({ length: written }, (_, n) => n + 1),
  );
  const changelog = log.records('p-from-changelog').length;
  // What was committed is in the store, but not what a commit brought whose answer was lost.
  assert.deepEqual(read.slice(0, 3), [0, 0, 0]);
  assert.ok(read[3]! >= ROUND / 3 && read[3]! < changelog / 2, `${read} of ${changelog}`);
  assert.ok(read[4]! > (changelog * 2) / 3, `${read} of ${changelog}`);
  assert.deepEqual(readdirSync(folder), ['p-from-0']);
  rmSync(root, { recursive: true });
});
