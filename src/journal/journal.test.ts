import assert from 'node:assert/strict';
import test from 'node:test';
import { crc32c, type EventSink, silent } from '../base/index.ts';
import type { Environment } from '../env/index.ts';
import { MemoryDisk, memoryEnvironment } from '../env/memory/index.ts';
import type { BatchEntry, ReplayedFrame } from './entry.ts';
import { entryOf, KIB, OPTIONS } from './journal-fixture.ts';
import { Journal } from './journal.ts';
import type { JournalStart } from './options.ts';
import type { PendingFrame } from './pending-frame.ts';
import { JournalDamaged } from './walk.ts';

const FILE = 'journal/00000000';

function world(disk = new MemoryDisk()): Environment {
  return memoryEnvironment(undefined, disk);
}

interface Opened {
  readonly journal: Journal;
  readonly start: JournalStart;
  readonly frames: ReplayedFrame[];
}

async function open(
  env: Environment,
  start?: JournalStart,
  options = OPTIONS,
  events: EventSink = silent,
): Promise<Opened> {
  const frames: ReplayedFrame[] = [];
  const { journal, recovery } = await Journal.open(env, events, options, start, (frame) => {
    frames.push(frame);
  });
  return { journal, start: recovery.start, frames };
}

/** Appends one batch and waits for it. */
async function write(journal: Journal, n: number, bytes = Buffer.from(`batch ${n}`)): Promise<void> {
  await journal.append(entryOf(n), bytes).frame.durable;
}

const offsetsOf = (frames: readonly ReplayedFrame[]) =>
  frames.flatMap((frame) => frame.entries.map(({ entry }) => (entry as BatchEntry).baseOffset));

async function flipBit(env: Environment, path: string, position: number): Promise<void> {
  const file = await env.disk.open(path);
  const byte = await file.read(position, 1);
  await file.write(position, [Buffer.from([byte[0]! ^ 0x10])]);
  await file.close();
}

test('what was durable is replayed, in order and with its bytes, after a kill', async () => {
  const env = world();
  const first = await open(env);
  for (let n = 0; n < 5; n++) await write(first.journal, n);
  first.journal.abandon();
  const second = await open(env, first.start);
  assert.deepEqual(offsetsOf(second.frames), [0, 1, 2, 3, 4]);
  assert.equal(second.frames[2]!.entries[0]!.bytes!.toString(), 'batch 2');
  assert.deepEqual(second.frames[2]!.entries[0]!.entry, entryOf(2));
});

test('a checksum that is known already goes into the frame’s, whatever is stamped before its range', async () => {
  const env = world();
  const first = await open(env);
  const known = (bytes: Buffer) => ({ known: { from: 10, crc: crc32c(bytes.subarray(10)) } });
  const large = Buffer.alloc(20_000, 'many bytes');
  const placed = first.journal.append(entryOf(0), large, known(large));
  placed.held.bytes.fill('stamped', 0, 10);
  first.journal.append(entryOf(1), Buffer.from('batch 1'));
  first.journal.append(entryOf(2), Buffer.from('a small one'), known(Buffer.from('a small one')));
  await first.journal.append(entryOf(3), Buffer.from('batch 3')).frame.durable;
  first.journal.abandon();
  const second = await open(env, first.start);
  assert.deepEqual(offsetsOf(second.frames), [0, 1, 2, 3]);
  assert.equal(second.frames[0]!.entries[0]!.bytes!.toString('latin1', 0, 20), 'stampedstamany bytes');
});

test('nothing more goes elsewhere while somebody waits for the room that is kept to take it back', async () => {
  const { journal } = await open(world());
  const { kind: _kind, ...batch } = entryOf(0);
  const place = { segmentBaseOffset: 0, segmentPosition: 0, segmentLength: 8, batchCrc: 0 };
  const lodge = () => journal.lodge({ ...batch, ...place, kind: 'reference' }, [], Buffer.alloc(8), true);
  const first = lodge();
  assert.ok(first !== undefined);
  assert.ok(lodge() !== undefined);
  const most = journal.capacityBytes;
  assert.ok(journal.whenCovered(most) !== undefined, 'it waits');
  assert.equal(lodge(), undefined);
  await first.frame.durable;
  assert.ok(lodge() !== undefined);
});

test('appends of one turn share a frame, and each is told when it is durable', async () => {
  const env = world();
  const { journal } = await open(env);
  let told = 0;
  journal.onDurable = ({ entries }) => {
    told = entries.length;
  };
  const frames = Array.from({ length: 20 }, (_, n) => journal.append(entryOf(n), Buffer.from('x')).frame);
  assert.equal(new Set(frames).size, 1);
  await frames[0]!.durable;
  assert.equal(told, 20);
});

test('what the answers of a frame bring shares the next one with what waited already', async () => {
  const env = world();
  const { journal } = await open(env);
  let waiting: unknown;
  journal.onDurable = ({ sequence }) => {
    if (sequence === first.sequence) waiting = journal.append(entryOf(1), Buffer.from('waited')).frame;
  };
  const first = journal.append(entryOf(0), Buffer.from('first')).frame;
  first.tell({ settled: () => {} });
  await first.durable;
  await env.clock.turn();
  const brought = journal.append(entryOf(2), Buffer.from('brought')).frame;
  assert.equal(brought, waiting);
  await brought.durable;
  assert.ok(journal.append(entryOf(3), Buffer.from('later')).frame !== brought);
});

test('all that wait for a frame are told in the order of their coming, or that nobody knows', async () => {
  const disk = new MemoryDisk();
  const { journal } = await open(world(disk));
  const told: string[] = [];
  const tellAll = (frame: PendingFrame, names: string[]) => {
    for (const name of names) frame.tell({ settled: (error) => told.push(`${name} ${error?.errorName}`) });
  };
  const durable = journal.append(entryOf(0), Buffer.from('x')).frame as PendingFrame;
  tellAll(durable, ['a', 'b']);
  assert.deepEqual(told, [], 'not in the turn of the call');
  await durable.durable;
  tellAll(durable, ['late']);
  await Promise.resolve();
  assert.deepEqual(told, ['a undefined', 'b undefined', 'late undefined']);
  const lost = journal.append(entryOf(1), Buffer.from('y')).frame as PendingFrame;
  tellAll(lost, ['c']);
  journal.halt(new Error('the disk is gone'));
  await assert.rejects(lost.durable);
  assert.equal(told.at(-1), 'c KAFKA_STORAGE_ERROR');
});

test('a frame that somebody remembers pins nothing of what it held, once it is durable', async () => {
  const { journal } = await open(world());
  const { frame } = journal.append(entryOf(0), Buffer.from('batch 0'));
  const held = frame as PendingFrame;
  assert.equal(held.parts.length, 1);
  await frame.durable;
  assert.deepEqual([held.parts.length, held.entries.length], [0, 0]);
});

test('a group is in one frame or nowhere', async () => {
  const env = world();
  const { journal, start } = await open(env);
  const { frame } = journal.commit(
    [0, 1, 2].map((n) => ({ entry: entryOf(n), bytes: Buffer.alloc(5 * KIB) })),
  );
  await frame.durable;
  journal.abandon();
  const { frames } = await open(env, start);
  assert.equal(frames.length, 1);
  assert.equal(frames[0]!.entries.length, 3);
});

test('a torn tail is cut and reported with its byte range, and what was durable stays', async () => {
  const env = world();
  const { journal, start } = await open(env);
  for (let n = 0; n < 3; n++) await write(journal, n);
  journal.abandon();
  await flipBit(env, FILE, 2 * 4096 + 70); // the last frame: it may never have been synced
  const reports: unknown[] = [];
  const { frames } = await open(env, start, OPTIONS, (_level, _message, fields) => reports.push(fields));
  assert.deepEqual(offsetsOf(frames), [0, 1]);
  assert.deepEqual(reports, [{ file: FILE, from: 8192, to: 12288, sequence: 3 }]);
});

test('a bit flip anywhere in a frame that was durable is damage: the folder refuses', async () => {
  for (let position = 0; position < 240; position += 7) {
    const env = world();
    const { journal, start } = await open(env);
    for (let n = 0; n < 3; n++) await write(journal, n, Buffer.alloc(100, n));
    journal.abandon();
    await flipBit(env, FILE, 4096 + position); // frame 2, which frame 3 proves
    await assert.rejects(open(env, start), JournalDamaged, `byte ${position}`);
  }
});

test('D6: a journal file that was cut short is damage, wherever in the frame that nobody proved or in the padding before it', async () => {
  for (const cut of [2 * 4096 - 1000, 2 * 4096 + 80, 3 * 4096 - 1]) {
    const disk = new MemoryDisk();
    const first = await open(world(disk));
    for (let n = 0; n < 3; n++) await write(first.journal, n, Buffer.alloc(2500, 'x'));
    first.journal.abandon();
    const file = await world(disk).disk.open(FILE);
    await file.truncate(cut);
    await file.close();
    await assert.rejects(open(world(disk), first.start), JournalDamaged, `cut at ${cut}`);
  }
});

test('D6: a bit flip in the first frame of a later file is damage when frames behind it are whole', async () => {
  const disk = new MemoryDisk();
  const first = await open(world(disk));
  const inSecond = () => first.journal.mark().start.sessions[0]!;
  let behindHead = 0;
  for (let n = 0; behindHead < 3; n++) {
    await first.journal.whenCovered(20 * KIB);
    await write(first.journal, n, Buffer.alloc(20 * KIB, 'x'));
    if (inSecond().file === 1) behindHead++;
  }
  first.journal.abandon();
  await flipBit(world(disk), 'journal/00000001', 70);
  await assert.rejects(open(world(disk), first.start), JournalDamaged);
});

test('after 200 ms of silence the last frame is proved too', async () => {
  const env = world();
  const { journal, start } = await open(env, undefined, { ...OPTIONS, sealAfterMs: 5 });
  await write(journal, 0);
  while (journal.durableSequence < 2) await env.clock.sleep(1);
  journal.abandon();
  await flipBit(env, FILE, 80);
  await assert.rejects(open(env, start), JournalDamaged);
});

test('a frame that was only read is copied into the new session before it is published', async () => {
  const env = world();
  const first = await open(env);
  for (let n = 0; n < 2; n++) await write(first.journal, n);
  first.journal.abandon();
  const second = await open(env, first.start);
  assert.deepEqual(offsetsOf(second.frames), [0, 1]);
  assert.equal(second.start.sessions.length, 2);
  assert.equal(second.start.sessions[1]!.firstSequence, 2);
  assert.equal(second.start.durableSequence, 2);
  await flipBit(env, FILE, 4096 + 80); // the old copy may go: the new one counts
  second.journal.abandon();
  const third = await open(env, second.start);
  assert.deepEqual(offsetsOf(third.frames), [0, 1]);
});

test('frames of an earlier life in a recycled file do not count', async () => {
  const env = world();
  const first = await open(env);
  for (let n = 0; n < 6; n++) await write(first.journal, n);
  const clean = await first.journal.close();
  const second = await open(env, clean); // begins at the head of the same file, over the old frames
  await write(second.journal, 100);
  second.journal.abandon();
  const { frames } = await open(env, second.start);
  assert.deepEqual(offsetsOf(frames), [100]);
});

test('space comes before the offset: what is not covered is refused, and nothing else changes', async () => {
  const env = world();
  const { journal, start } = await open(env, undefined, { ...OPTIONS, limitBytes: 64 * KIB });
  let written = 0;
  assert.throws(() => {
    for (; ; written++) journal.append(entryOf(written), Buffer.alloc(8 * KIB));
  }, /KAFKA_STORAGE_ERROR/);
  assert.ok(written > 2);
  await journal.append(entryOf(written), Buffer.alloc(8 * KIB), { privileged: true }).frame.durable; // the reserve is for metadata
  journal.abandon();
  const { frames } = await open(env, start, { ...OPTIONS, limitBytes: 64 * KIB });
  assert.deepEqual(offsetsOf(frames), [...Array(written + 1).keys()]);
});

test('files grow ahead of need, and are used again after a checkpoint', async () => {
  const env = world();
  const { journal } = await open(env);
  for (let n = 0; n < 400; n++) {
    await journal.whenCovered(8 * KIB);
    await write(journal, n, Buffer.alloc(8 * KIB));
    if (n % 20 === 19) {
      const mark = journal.mark();
      await mark.durable;
      journal.release(mark);
    }
  }
  assert.ok(journal.capacityBytes <= OPTIONS.limitBytes);
});

test('files grow for those who do not wait for room either: commits, heartbeats, new topics', async () => {
  const { journal } = await open(world());
  for (let n = 0; n < 40; n++) await write(journal, n, Buffer.alloc(8 * KIB)); // five times the first step
  await journal.close();
});

test('a mark is where the next start begins', async () => {
  const env = world();
  const { journal } = await open(env);
  for (let n = 0; n < 3; n++) await write(journal, n);
  journal.append(entryOf(3), Buffer.from('before'));
  const mark = journal.mark();
  journal.append(entryOf(4), Buffer.from('after'));
  await mark.durable;
  await write(journal, 5);
  journal.abandon();
  assert.deepEqual(offsetsOf((await open(env, mark.start)).frames), [4, 5]);
});

test('D1: a file whose only frame is the first one behind a mark stays when that mark is released', async () => {
  const env = world();
  const fileBytes = 64 * KIB;
  const options = { ...OPTIONS, fileBytes, stepBytes: fileBytes, limitBytes: 4 * fileBytes, reserveBytes: 0 };
  const { journal } = await open(env, undefined, options);
  const oneFile = async (n: number) => {
    await journal.whenCovered(40 * KIB);
    await write(journal, n, Buffer.alloc(40 * KIB));
  };
  await oneFile(0);
  const mark = journal.mark();
  await mark.durable;
  for (const n of [1, 2]) await oneFile(n);
  journal.release(mark);
  for (const n of [3, 4]) await oneFile(n); // one where frame 0 was, one in a new file
  journal.abandon();
  assert.deepEqual(offsetsOf((await open(env, mark.start, options)).frames), [1, 2, 3, 4]);
});

/** Resolves when a request of so many bytes may go on; checkpoints make the room for it. */
async function room(journal: Journal, bytes: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    const covered = journal.whenCovered(bytes);
    if (covered === undefined) return;
    if (journal.isGrowing) {
      await covered;
      continue;
    }
    assert.ok(tries < 16, `no room for ${bytes} bytes, and no checkpoint makes any`);
    const mark = journal.mark();
    await mark.durable;
    journal.release(mark);
    await Promise.race([covered, new Promise((resolve) => setImmediate(resolve))]);
  }
}

async function fill(journal: Journal, count: number, bytes: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await room(journal, bytes);
    await write(journal, n, Buffer.alloc(bytes));
  }
}

test('a batch that is larger than a step makes the journal grow, whatever is free', async () => {
  for (const bytes of [70 * KIB, 100 * KIB, 130 * KIB, 200 * KIB]) {
    const { journal } = await open(world(), undefined, {
      ...OPTIONS,
      fileBytes: 2048 * KIB,
      limitBytes: 8192 * KIB,
    });
    for (let n = 0; n < 9; n++) {
      const covered = journal.whenCovered(bytes);
      if (covered !== undefined) assert.ok(journal.isGrowing, 'nobody makes room, and no checkpoint can');
      await room(journal, bytes);
      await write(journal, n, Buffer.alloc(bytes));
    }
    await journal.close();
  }
});

test('V2: a journal of two files goes on for ever, also after it was larger, and refuses for good what no file can hold', async () => {
  const [fileBytes, stepBytes] = [128 * KIB, 64 * KIB];
  const options = { ...OPTIONS, fileBytes, stepBytes, limitBytes: 2 * fileBytes };
  const env = world();
  const { journal } = await open(env, undefined, options);
  for (const bytes of [20 * KIB, 100 * KIB, 100]) await fill(journal, 40, bytes);
  await room(journal, 3 * fileBytes); // a request need not be in one frame
  assert.throws(() => journal.append(entryOf(0), Buffer.alloc(fileBytes)), /MESSAGE_TOO_LARGE/);
  assert.ok(journal.capacityBytes <= options.limitBytes);
  await journal.close();

  const larger = world();
  const before = await open(larger, undefined, { ...OPTIONS, fileBytes: 512 * KIB });
  await fill(before.journal, 1, 200 * KIB);
  const start = await before.journal.close();
  const after = await open(larger, start, options);
  await fill(after.journal, 40, 100 * KIB);
  await after.journal.close();
});

/** A disk whose files fail to sync when `fails` says so; told what was written last to the file. */
function failingSyncs(fails: (lastWritten: Uint8Array | undefined) => boolean): Environment {
  const disk = new MemoryDisk();
  const open = async (path: string, options?: { create?: boolean }) => {
    let last: Uint8Array | undefined;
    const file = await disk.open(path, options);
    const write = (position: number, parts: readonly Uint8Array[]) => {
      last = parts[0];
      return file.write(position, parts);
    };
    const sync = () => (fails(last) ? Promise.reject(new Error('EIO')) : file.sync());
    return new Proxy(file, {
      get: (inner, verb) => (verb === 'sync' ? sync : verb === 'write' ? write : bound(inner, verb)),
    });
  };
  const failing = new Proxy(disk, {
    get: (target, name) => (name === 'open' ? open : bound(target, name)),
  });
  return { ...world(disk), disk: failing };
}

test('a failed sync stops the journal for good: no second try, everybody hears of it', async () => {
  let syncs = 0;
  let broken = false;
  const { journal } = await open(failingSyncs(() => broken && ++syncs > 0));
  let failures = 0;
  journal.onFailed = () => failures++;
  await write(journal, 0);
  broken = true;
  await assert.rejects(write(journal, 1), /KAFKA_STORAGE_ERROR/);
  assert.throws(() => journal.append(entryOf(2), Buffer.from('x')), /KAFKA_STORAGE_ERROR/);
  assert.equal(failures, 1);
  assert.equal(syncs, 1);
});

test('D5: a sync that fails while the journal grows is final too, and takes the frame in flight with it', async () => {
  const isGrowth = (last: Uint8Array | undefined) => last?.[0] === 0; // a frame begins with its magic
  let syncs = 0;
  let broken = false;
  const { journal } = await open(failingSyncs((last) => broken && isGrowth(last) && ++syncs > 0));
  let failures = 0;
  journal.onFailed = () => failures++;
  await write(journal, 0);
  broken = true;
  const told: unknown[] = [];
  for (let n = 1; failures === 0; n++) {
    await journal.whenCovered(1024);
    if (failures > 0) break;
    const { frame } = journal.append(entryOf(n), Buffer.alloc(1024));
    frame.durable.catch((error: unknown) => told.push(error));
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.throws(() => journal.append(entryOf(0), Buffer.from('x')), /KAFKA_STORAGE_ERROR/);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(failures, 1);
  assert.equal(syncs, 1);
});

function bound(target: object, name: string | symbol): unknown {
  const value = Reflect.get(target, name) as unknown;
  return typeof value === 'function' ? (value as (...all: unknown[]) => unknown).bind(target) : value;
}

test('V2: files that a recovery replayed are free again after a checkpoint, so a life after a crash never fills up', async () => {
  const env = world();
  const first = await open(env);
  for (let n = 0; n < 2; n++) await write(first.journal, n, Buffer.alloc(10 * KIB));
  first.journal.abandon();
  const { journal } = await open(env, first.start);
  await write(journal, 2);
  const mark = journal.mark();
  await mark.durable;
  journal.release(mark);
  assert.ok(journal.usedBytes < 20 * KIB, `${journal.usedBytes} bytes are still in use`);
});

test('V2: a journal that takes nothing but privileged entries grows all the same', async () => {
  const env = world();
  const { journal } = await open(env);
  for (let n = 0; n < 60; n++) {
    await journal.append(entryOf(n), Buffer.from('commit'), { privileged: true }).frame.durable;
    await env.clock.turn();
  }
  assert.ok(journal.capacityBytes > OPTIONS.stepBytes);
});
