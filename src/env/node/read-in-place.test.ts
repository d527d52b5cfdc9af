import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import test from 'node:test';
import { readInPlace } from './read-in-place.ts';

test('what sockets read arrives whole, all of it in the same memory', async () => {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const memories = new Set<ArrayBufferLike>();
  const texts: string[] = [];
  const ended: Promise<unknown>[] = [];
  server.on('connection', (accepted) => {
    const at = texts.push('') - 1;
    const socket = readInPlace(accepted, (bytes) => {
      memories.add(bytes.buffer);
      texts[at] += bytes.toString('latin1');
    });
    assert.notEqual(socket, accepted);
    ended.push(once(socket, 'close'));
  });
  const sent = ['a', 'b', 'c'].map((letter) => letter.repeat(200_000));
  for (const text of sent) {
    const client = connect(port, '127.0.0.1');
    client.end(text);
    await once(client, 'close');
  }
  await Promise.all(ended);
  assert.deepEqual(texts, sent);
  assert.equal(memories.size, 1);
  server.close();
});

test('a socket without the handle that is looked for reads as it always did', async () => {
  const stream = new PassThrough();
  stream.pause();
  const texts: string[] = [];
  const socket = readInPlace(stream as unknown as Socket, (bytes) => texts.push(bytes.toString()));
  assert.equal(socket, stream as unknown);
  stream.end('bytes');
  await once(stream, 'end');
  assert.deepEqual(texts, ['bytes']);
});
