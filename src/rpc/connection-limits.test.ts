import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import { startBroker } from '../testing/index.ts';

/** ApiVersions v0. */
const REQUEST = Buffer.from('0000000a0012000000000001ffff', 'hex');

/** Whether a new connection is served; it stays open when it is. */
function isServed(port: number, open: net.Socket[]): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' }, () => socket.write(REQUEST));
    open.push(socket);
    socket.once('data', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

for (const name of ['max.connections', 'max.connections.per.ip'])
  test(`${name}: one more is closed at once, and a place that gets free is taken again`, async () => {
    await using broker = await startBroker({ settings: { [name]: '2' } });
    const open: net.Socket[] = [];
    assert.equal(await isServed(broker.port, open), true);
    assert.equal(await isServed(broker.port, open), true);
    assert.equal(await isServed(broker.port, open), false);
    open[0]!.destroy();
    let isFree = false;
    for (let tries = 0; tries < 200 && !isFree; tries++) isFree = await isServed(broker.port, open);
    assert.ok(isFree);
    for (const socket of open) socket.destroy();
  });
