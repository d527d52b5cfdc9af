/** What the load generator reaches against a server that only answers: far above every broker, or a figure means nothing. */
import { rm } from 'node:fs/promises';
import { generate, type Load } from './load/generate.ts';
import { LARGE, SMALL } from './loads.ts';
import { ANSWER_ONLY } from './server.ts';
import { Tools } from './tools.ts';

const SECONDS = 3;
const SECONDS_QUICK = 1;

export interface Ceiling {
  readonly load: string;
  readonly perSecond: number;
  readonly unit: string;
}

export async function ceilings(root: string, isQuick: boolean): Promise<Ceiling[]> {
  const large = await reach(LARGE, root, isQuick);
  const small = await reach(SMALL, root, isQuick);
  return [
    { load: 'requests of 1 MiB', perSecond: large.bytes / large.seconds / 1e6, unit: 'MB/s' },
    { load: 'requests of one record', perSecond: small.requests / small.seconds, unit: 'requests/s' },
  ];
}

async function reach(load: Load, root: string, isQuick: boolean) {
  const tools = new Tools({ name: 'pinned', pinned: true, seconds: SECONDS }, isQuick, root);
  const folder = await tools.folder('ceiling');
  const server = await ANSWER_ONLY.make(folder, tools);
  await server.start();
  try {
    return await generate(load, {
      topic: 'ceiling',
      port: server.port,
      pid: server.pid!,
      seconds: isQuick ? SECONDS_QUICK : SECONDS,
      warmUpSeconds: 0.5,
      warmUpMebibytes: 0,
      launcher: tools.load,
    });
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
}
