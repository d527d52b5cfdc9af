/** What every Network must do, as tests: each adapter runs them over itself. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Environment } from './environment.ts';
import type { Listener, Socket } from './network.ts';

export type UseEnvironment = (body: (env: Environment) => Promise<void>) => Promise<void>;

const ANY_PORT = { host: '127.0.0.1', port: 0 };

export function networkContract(adapter: string, use: UseEnvironment): void {
  const check = (promise: string, body: (env: Environment) => Promise<void>) =>
    test(`${adapter}: ${promise}`, () => use(body));

  check('bytes come back from an echo in order, whoever is slow', async (env) => {
    const listener = await env.network.listen(ANY_PORT, echo);
    const socket = await env.network.connect(listener.address);
    const sent = Array.from({ length: 300 }, (_, index) => Buffer.alloc(10_000, index & 255));
    const received: Buffer[] = [];
    let bytes = 0;
    await new Promise<void>((resolve) => {
      let next = 0;
      const pump = () => {
        while (next < sent.length) {
          const part = sent[next++]!;
          if (!socket.write([part.subarray(0, 5), part.subarray(5)])) return;
        }
      };
      socket.onDrain = pump;
      socket.onData = (chunk) => {
        received.push(Buffer.from(chunk));
        bytes += chunk.length;
        if (bytes === 3_000_000) resolve();
        if (received.length % 7 > 0) return;
        socket.pause();
        env.clock.after(1, () => socket.resume());
      };
      pump();
    });
    assert.deepEqual(Buffer.concat(received), Buffer.concat(sent));
    await closed(socket, listener);
  });

  check('the peer of a paused socket is told to wait', async (env) => {
    const held: Socket[] = [];
    const listener = await env.network.listen(ANY_PORT, (socket) => {
      socket.pause();
      held.push(socket);
    });
    const socket = await env.network.connect(listener.address);
    let drained = false;
    socket.onDrain = () => (drained = true);
    for (let i = 0; i < 1000 && socket.write([Buffer.alloc(64 * 1024)]); i++) await env.clock.turn();
    for (let i = 0; i < 300 && !socket.write([Buffer.alloc(64 * 1024)]); i++);
    await env.clock.sleep(20);
    assert.equal(drained, false);
    held[0]!.resume();
    await new Promise<void>((resolve) => (socket.onDrain = resolve));
    await closed(socket, listener);
  });

  check('end delivers what was written, then both sides see the end', async (env) => {
    const events: string[] = [];
    let serverClosed = () => {};
    const whenServerClosed = new Promise<void>((resolve) => (serverClosed = resolve));
    const listener = await env.network.listen(ANY_PORT, (socket) => {
      let text = '';
      socket.onData = (bytes) => (text += bytes.toString());
      socket.onClose = (error) => {
        events.push(`server ${text} ${error}`);
        serverClosed();
      };
    });
    const socket = await env.network.connect(listener.address);
    const whenClosed = new Promise<void>((resolve) => {
      socket.onClose = (error) => {
        events.push(`client ${error}`);
        resolve();
      };
    });
    socket.write([Buffer.from('last '), Buffer.from('words')]);
    socket.end();
    await Promise.all([whenClosed, whenServerClosed]);
    assert.deepEqual(events.sort(), ['client undefined', 'server last words undefined']);
    await listener.close();
  });

  check('a destroyed socket closes once, on both sides', async (env) => {
    let count = 0;
    const listener = await env.network.listen(ANY_PORT, (socket) => (socket.onClose = () => count++));
    const socket = await env.network.connect(listener.address);
    socket.onClose = () => count++;
    socket.destroy();
    socket.destroy();
    assert.equal(socket.write([Buffer.from('x')]), false);
    await env.clock.sleep(50);
    assert.equal(count, 2);
    await listener.close();
  });

  check('a taken port is refused, a free one refuses connections', async (env) => {
    const listener = await env.network.listen(ANY_PORT, () => {});
    assert.ok(listener.address.port > 0);
    await assert.rejects(
      env.network.listen(listener.address, () => {}),
      { code: 'EADDRINUSE' },
    );
    await listener.close();
    await assert.rejects(env.network.connect(listener.address), { code: 'ECONNREFUSED' });
    await (await env.network.listen(listener.address, () => {})).close();
  });

  check('sockets stay open when their listener closes', async (env) => {
    const listener = await env.network.listen(ANY_PORT, echo);
    const socket = await env.network.connect(listener.address);
    await env.clock.sleep(10);
    await listener.close();
    const answer = new Promise<string>((resolve) => (socket.onData = (bytes) => resolve(bytes.toString())));
    socket.write([Buffer.from('still here')]);
    assert.equal((await answer).slice(0, 5), 'still'.slice(0, (await answer).length));
    socket.destroy();
  });

  check('both ends know each other by address', async (env) => {
    const seen: Socket[] = [];
    const listener = await env.network.listen(ANY_PORT, (socket) => seen.push(socket));
    const socket = await env.network.connect(listener.address);
    await env.clock.sleep(10);
    assert.deepEqual(seen[0]!.remote, socket.local);
    assert.deepEqual(seen[0]!.local, socket.remote);
    assert.equal(socket.remote.port, listener.address.port);
    await closed(socket, listener);
  });
}

function echo(socket: Socket): void {
  socket.onData = (bytes) => {
    if (!socket.write([Buffer.from(bytes)])) socket.pause();
  };
  socket.onDrain = () => socket.resume();
}

async function closed(socket: Socket, listener: Listener): Promise<void> {
  const close = new Promise<void>((resolve) => (socket.onClose = () => resolve()));
  socket.destroy();
  await Promise.all([close, listener.close()]);
}
