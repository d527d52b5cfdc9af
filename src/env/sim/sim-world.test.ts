import assert from 'node:assert/strict';
import test from 'node:test';
import { clockContract } from '../clock-contract.ts';
import { cpuContract } from '../cpu-contract.ts';
import { diskContract } from '../disk-contract.ts';
import type { Environment } from '../environment.ts';
import { networkContract } from '../network-contract.ts';
import type { Socket } from '../network.ts';
import { Simulation } from './index.ts';

async function inWorld(body: (env: Environment, sim: Simulation) => Promise<void>, seed = 1): Promise<void> {
  // node:test itself needs real time between two steps, so these worlds are without traps.
  const sim = new Simulation(seed, { trapAmbient: false });
  await sim.run(() => body(sim.boot(), sim));
}

clockContract('simulated', (body) => inWorld(({ clock }) => body(clock)));
diskContract('simulated', (body) => inWorld(({ disk }) => body(disk)));
networkContract('simulated', (body) => inWorld(body));
cpuContract('simulated', (body) => inWorld(({ cpu }) => body(cpu)));

const SERVER = { host: 'broker', port: 9092 };

/** Two machines, a listener that counts, a client that connected. */
async function connected(sim: Simulation, env: Environment, name = 'client') {
  const got: Buffer[] = [];
  const served: Socket[] = [];
  const listener = await env.network.listen(SERVER, (socket) => {
    served.push(socket);
    socket.onData = (bytes) => got.push(Buffer.from(bytes));
  });
  const client = sim.machine(name).boot();
  const socket = await client.network.connect(SERVER);
  const ended = new Promise<Error | undefined>((resolve) => (socket.onClose = resolve));
  return { got, served, listener, socket, ended, client };
}

test('bytes that the kernel has arrive although the program that wrote them is killed', () =>
  inWorld(async (env, sim) => {
    const { got, socket } = await connected(sim, env);
    socket.write([Buffer.from('last words')]);
    sim.machine('client').kill();
    await env.clock.sleep(100);
    assert.ok('last words'.startsWith(Buffer.concat(got).toString()));
  }));

test('a killed server ends its connections; one without power says nothing until it is back', () =>
  inWorld(async (env, sim) => {
    const first = await connected(sim, env);
    sim.kill();
    await first.ended;
    const second = await connected(sim, sim.boot(), 'another');
    let isOver = false;
    void second.ended.then(() => (isOver = true));
    sim.powerCut();
    second.socket.write([Buffer.from('hello?')]);
    await sim.clock.sleep(5_000);
    assert.equal(isOver, false);
    sim.boot();
    second.socket.write([Buffer.from('hello?')]);
    await sim.clock.sleep(10);
    assert.equal(isOver, true);
  }));

test('a connection to a machine without power ends by itself', () =>
  inWorld(async (env, sim) => {
    const { ended } = await connected(sim, env);
    sim.powerCut();
    assert.match(String(await ended), /ETIMEDOUT/);
  }));

test('held packets arrive late, all of them and in order', () =>
  inWorld(async (env, sim) => {
    const { got, socket } = await connected(sim, env);
    sim.network.hold(sim.broker, 'to', 3_000);
    for (const text of ['one ', 'two ', 'three']) socket.write([Buffer.from(text)]);
    await sim.clock.sleep(2_900);
    assert.equal(Buffer.concat(got).length, 0);
    await sim.clock.sleep(200);
    assert.equal(Buffer.concat(got).toString(), 'one two three');
  }));

test('a cut connection is reset at both ends', () =>
  inWorld(async (env, sim) => {
    const { ended, served } = await connected(sim, env);
    await env.clock.sleep(10);
    const other = new Promise<Error | undefined>((resolve) => (served[0]!.onClose = resolve));
    sim.network.cutSome(sim.broker, 1);
    assert.match(String(await ended), /ECONNRESET/);
    assert.match(String(await other), /ECONNRESET/);
  }));

test('a failed sync loses what it covered, and the next one succeeds without it', () =>
  inWorld(async (env, sim) => {
    const file = await env.disk.open('a.log', { create: true });
    await env.disk.syncDirectory('.');
    sim.broker.disk.failPoints.add({ matches: (kind) => kind === 'sync .log', nth: 1 });
    for (let n = 0; n < 20; n++) await file.write(n * 4096, [Buffer.alloc(4096, 1)]);
    await assert.rejects(file.sync(), { code: 'EIO' });
    await file.sync();
    sim.powerCut();
    const bytes = await (await sim.boot().disk.open('a.log')).read(0, 20 * 4096);
    assert.ok(bytes.length < 20 * 4096 || bytes.includes(0));
  }));

test('a full disk takes the beginning of a write', () =>
  inWorld(async (env, sim) => {
    const file = await env.disk.open('a', { create: true });
    sim.broker.disk.totalBytes = 1000;
    sim.broker.disk.foreignBytes = 400;
    await assert.rejects(file.write(0, [Buffer.alloc(700)]), { code: 'ENOSPC' });
    assert.equal(file.size, 600);
    await file.write(0, [Buffer.alloc(600)]);
    sim.broker.disk.foreignBytes = 0;
    await file.write(600, [Buffer.alloc(100)]);
  }));

for (const when of ['before', 'after'] as const)
  test(`a death placed ${when} a write: it is ${when === 'before' ? 'not ' : ''}there, and nobody hears of it`, () =>
    inWorld(async (env, sim) => {
      const file = await env.disk.open('a', { create: true });
      sim.broker.dieAt({ matches: (kind) => kind === 'write a', nth: 2, when }, 'kill');
      let answered = 0;
      const write = (at: number) => file.write(at, [Buffer.from('x')]).then(() => answered++);
      await write(0);
      void write(1);
      await sim.clock.sleep(50);
      assert.equal(sim.broker.alive, false);
      assert.equal(answered, 1);
      const { size } = await sim.boot().disk.open('a');
      assert.equal(size, when === 'before' ? 1 : 2);
    }));

test('a name that replaced another one, and was not synced, gives it back or stays: there is always one', () =>
  inWorld(async (env, sim) => {
    for (const [name, text] of [
      ['kept', 'old'],
      ['kept.new', 'new'],
    ] as const) {
      const file = await env.disk.open(name, { create: true });
      await file.write(0, [Buffer.from(text)]);
      await file.sync();
    }
    await env.disk.syncDirectory('');
    await env.disk.rename('kept.new', 'kept');
    const copy = sim.machine('copy');
    sim.broker.disk.copyDurableTo(copy.disk);
    const before = await copy.boot().disk.open('kept');
    assert.equal(String(await before.read(0, 3)), 'old');
    sim.powerCut();
    const after = await sim.boot().disk.open('kept');
    assert.match(String(await after.read(0, 3)), /^(old|new)$/);
  }));

test('a copy of what is durable knows neither unsynced bytes nor unsynced names', () =>
  inWorld(async (env, sim) => {
    const file = await env.disk.open('kept', { create: true });
    await file.write(0, [Buffer.from('durable')]);
    await file.sync();
    await env.disk.syncDirectory('.');
    await file.write(7, [Buffer.from(' not')]);
    await env.disk.open('new', { create: true });
    await env.disk.rename('kept', 'renamed');
    sim.broker.disk.copyDurableTo(sim.machine('copy').disk);
    const copy = sim.machine('copy').boot();
    assert.deepEqual(await copy.disk.list(''), ['kept']);
    const kept = await copy.disk.open('kept');
    assert.equal((await kept.read(0, 100)).toString(), 'durable');
    assert.deepEqual(await env.disk.list(''), ['new', 'renamed']);
  }));

test('a shorter stall within a longer one does not end it', () =>
  inWorld(async ({ clock }, sim) => {
    const from = sim.time;
    for (const ms of [1_000, 10]) sim.broker.stall(ms);
    await clock.sleep(1);
    assert.equal(sim.time - from, 1_000);
  }));

test('inside a simulation real time, real chance and the thread pool fail the run', async () => {
  const uses: Record<string, () => unknown> = {
    'Date.now': () => Date.now(),
    'new Date': () => new Date(),
    'Math.random': () => Math.random(),
    setTimeout: () => setTimeout(() => {}, 1),
    'performance.now': () => performance.now(),
    'process.hrtime': () => process.hrtime(),
    'crypto.randomUUID': () => crypto.randomUUID(),
    'thread pool': async () => (await import('node:fs/promises')).stat('/'),
  };
  for (const [name, use] of Object.entries(uses)) {
    const sim = new Simulation(name);
    const run = sim.run(async () => {
      await use();
      for (let turn = 0; turn < 100; turn++) await sim.clock.turn();
    });
    await assert.rejects(run, /simulation/, name);
  }
});
