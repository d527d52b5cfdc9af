/**
 * startBroker on a real folder: what `import { startBroker } from 'gregor'` gives.
 *
 *   await using broker = await startBroker({ data: './gregor-data', port: 9092, topics: { orders: 3 } })
 *
 * The folder is `gregor start`'s own kind: the program and an embedding can take turns on it (never at once: ELOCKED).
 */
import path from 'node:path';
import { DEFAULT_FOLDER, foreignNames } from '../config/index.ts';
import type { Disk } from '../env/index.ts';
import { nodeEnvironment } from '../env/node/index.ts';
import { type BrokerOptions, EmbeddedBroker } from './embedded-broker.ts';

export interface FolderBrokerOptions extends BrokerOptions {
  /** The data folder: made when absent, refused when it holds files that are not a broker's. `./gregor-data` when absent. */
  readonly data?: string | undefined;
}

export async function startBroker(options: FolderBrokerOptions = {}): Promise<EmbeddedBroker> {
  const folder = path.resolve(options.data ?? DEFAULT_FOLDER);
  await prepare(nodeEnvironment(folder).disk, folder);
  return EmbeddedBroker.start({ environment: () => nodeEnvironment(folder) }, options);
}

/** Leaves other people's folders alone; a new one ignores itself in git, so that nobody commits a log by accident. */
async function prepare(disk: Disk, folder: string): Promise<void> {
  const names = await disk.list('');
  const foreign = foreignNames(names);
  if (foreign.length > 0)
    throw new Error(
      `${folder} holds files that are not gregor's (${foreign.slice(0, 3).join(', ')}): give it an empty folder`,
    );
  if (names.includes('.gitignore')) return;
  const file = await disk.open('.gitignore', { create: true });
  await file.write(0, [Buffer.from('*\n')]);
  await file.close();
}
