/** nodeHttp against real servers: what an answer is, and what is said where none comes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { nodeHttp } from './index.ts';

const REQUEST = { headers: {}, maxBytes: 100, signal: new AbortController().signal };

async function serving(answer: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('answers are what was sent, whatever their status; a redirect is not followed, headers go along', async () => {
  const answer: RequestListener = (request, response) => {
    if (request.url === '/moved') response.writeHead(301, { location: '/there' }).end();
    else response.writeHead(request.url === '/none' ? 404 : 200).end(`${request.headers['x-token']}`);
  };
  await serving(answer, async (url) => {
    const asked = (path: string) =>
      nodeHttp.get(`${url}${path}`, { ...REQUEST, headers: { 'x-token': 't' } });
    assert.deepEqual(await asked('/a'), { status: 200, body: Buffer.from('t'), location: null });
    assert.deepEqual(await asked('/none'), { status: 404, body: Buffer.from('t'), location: null });
    assert.deepEqual(await asked('/moved'), { status: 301, body: Buffer.alloc(0), location: '/there' });
  });
});

test('what is too long, hangs or is not there is an error that says so', async () => {
  const answer: RequestListener = (request, response) => {
    if (request.url === '/long') response.end(Buffer.alloc(101));
  };
  await serving(answer, async (url) => {
    await assert.rejects(
      nodeHttp.get(`${url}/long`, REQUEST),
      /^Error: the answer is longer than 100 bytes$/,
    );
    const signal = AbortSignal.timeout(30);
    await assert.rejects(nodeHttp.get(`${url}/hangs`, { ...REQUEST, signal }), /aborted due to timeout/);
  });
  await assert.rejects(nodeHttp.get('http://127.0.0.1:1/', REQUEST), /ECONNREFUSED|bad port/);
});
