import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import test from 'node:test';

const WORKER = path.join(import.meta.dirname, 'worker.ts');
/** More than it could be done with. */
const SHARE = { scenario: 'append-crash-recover', first: 1, last: 10_000 };

test('a worker whose parent is gone ends quietly, in the middle of its seeds', async () => {
  const worker = fork(WORKER, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let said = '';
  worker.stderr!.on('data', (bytes: Buffer) => (said += String(bytes)));
  worker.send({ ...SHARE, last: 1 });
  await once(worker, 'message');
  worker.send(SHARE, () => worker.disconnect());
  const [code, signal] = await once(worker, 'exit');
  assert.deepEqual([code, signal, said], [0, null, '']);
});
