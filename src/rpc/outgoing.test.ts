import assert from 'node:assert/strict';
import test from 'node:test';
import { BufferPool, type Socket } from '../env/index.ts';
import { Outgoing } from './outgoing.ts';

const BLOCK_BYTES = 64 * 1024;
const MEBIBYTE = 1024 * 1024;

/** A peer that takes what the test says, and a pool of which `lend` gives held memory. */
function world() {
  const buffers = new BufferPool({ overwrites: true });
  const socket = {
    unsentBytes: 0,
    takes: true,
    write(parts: readonly Uint8Array[]) {
      if (!this.takes) for (const part of parts) this.unsentBytes += part.length;
      return this.unsentBytes <= BLOCK_BYTES;
    },
  };
  const outgoing = new Outgoing(socket as unknown as Socket, buffers);
  return { buffers, socket, outgoing, lend: (bytes = BLOCK_BYTES) => buffers.take(bytes) };
}

test('memory that an answer lies in is released when the kernel has all of it', () => {
  const { buffers, outgoing, lend } = world();
  const memory = lend();
  outgoing.push([Buffer.from('head'), memory.subarray(0, 100)], [memory]);
  assert.equal(buffers.freeBytes, 0, 'it has not left');
  outgoing.flush();
  assert.equal(buffers.freeBytes, BLOCK_BYTES);
});

test('what the kernel has not taken stays as it is, also behind a write that it took', () => {
  const { buffers, socket, outgoing, lend } = world();
  const [first, second] = [lend(), lend()];
  socket.takes = false;
  outgoing.push([first.subarray(0, 1_000)], [first]);
  outgoing.flush();
  assert.equal(buffers.freeBytes, 0);
  outgoing.push([second.subarray(0, 1_000)], [second]);
  outgoing.flush();
  socket.unsentBytes = 1_000; // of the second
  outgoing.push([Buffer.from('next')], []);
  outgoing.flush();
  assert.equal(buffers.freeBytes, BLOCK_BYTES, 'the first one has left');
  socket.unsentBytes = 0;
  outgoing.drained();
  assert.equal(buffers.freeBytes, 2 * BLOCK_BYTES);
});

test('an answer in several pieces is released with its last one', () => {
  const { buffers, socket, outgoing, lend } = world();
  const memory = lend(3 * MEBIBYTE);
  socket.takes = false;
  outgoing.push([memory], [memory]);
  for (let left = 3; left > 0; left--) {
    assert.equal(buffers.freeBytes, 0, `${left} pieces have not left`);
    socket.unsentBytes = 0;
    outgoing.drained();
  }
  assert.equal(buffers.freeBytes, 0);
  socket.unsentBytes = 0;
  outgoing.drained();
  assert.equal(buffers.freeBytes, 3 * MEBIBYTE);
});

test('nobody knows what a connection that is gone has sent: its memory is not used again', () => {
  const { buffers, socket, outgoing, lend } = world();
  socket.takes = false;
  const memory = lend();
  outgoing.push([memory], [memory]);
  outgoing.flush();
  outgoing.clear();
  socket.unsentBytes = 0;
  outgoing.drained();
  assert.equal(buffers.freeBytes, 0);
});
