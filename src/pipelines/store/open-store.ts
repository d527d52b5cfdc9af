/** The store of one task, as the pipeline's settings say, and brought up to date from the changelog. */
import path from 'node:path';
import { type Row, type Stage, Task, type TaskSettings } from '../../streams/index.ts';
import { rowOf } from '../changelog.ts';
import type { SpaceOf } from '../../env/index.ts';
import type { LogClient } from '../log-client.ts';
import { DiskStore } from './disk-store.ts';
import { memoryStore, type TaskStore } from './task-store.ts';

type Settings = Omit<TaskSettings, 'store'>;

export interface StoreWorld {
  readonly client: LogClient;
  readonly spaceOf?: SpaceOf | undefined;
  /** Hears of rows that belong to no step of the plan, by table. */
  readonly onLeft?: (left: ReadonlyMap<string, number>) => void;
}

/** Its `changelogOffset` is the changelog's end. */
export async function openStore(
  settings: Settings,
  { client, spaceOf, onLeft }: StoreWorld,
): Promise<TaskStore> {
  const { changelog } = settings.stage;
  if (changelog === undefined) return memoryStore();
  const store = await made(settings, changelog, { client, spaceOf });
  try {
    const left = await catchUp(store, settings, { changelog, client });
    if (left.size > 0) onLeft?.(left);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function made(
  { layout, stage, partition }: Settings,
  changelog: string,
  { client, spaceOf }: StoreWorld,
): Promise<TaskStore> {
  const { name, state } = layout.settings;
  if (state.store === 'memory') return memoryStore();
  const identity = (await client.identity?.(changelog)) ?? changelog;
  const folder = [name, stage.name, partition, ...elsewhere(stage)].join('-');
  return DiskStore.open(path.join(state.folder, folder), identity, spaceOf);
}

/**
 * Rows that are in a cache do not come to the store, which is ahead of them afterwards. When they are to be here again, the folder from before
 * goes on where it was.
 */
function elsewhere({ nodes }: Stage): string[] {
  const steps = nodes.filter(({ node }) => node.kind === 'step' && node.outside?.hasRows === true);
  return steps.length === 0 ? [] : ['without', ...steps.map((step) => step.name)];
}

async function catchUp(
  store: TaskStore,
  settings: Settings,
  { changelog, client }: { readonly changelog: string; readonly client: LogClient },
): Promise<ReadonlyMap<string, number>> {
  const from = { topic: changelog, partition: settings.partition, offset: store.changelogOffset };
  const loader = new Task({ ...settings, store });
  for await (const { records, next } of client.readAll(from)) {
    loader.replay(records.map(rowOf), next);
    await store.settled();
  }
  return loader.left;
}

/** All rows of tables that are kept outside, from the beginning of the changelog. */
export async function bringOutside(
  task: Task,
  client: LogClient,
  remember: (rows: readonly Row[]) => Promise<void>,
): Promise<void> {
  const { changelog } = task.stage;
  if (changelog === undefined || task.outsideTables.size === 0) return;
  const from = { topic: changelog, partition: task.partition, offset: 0 };
  for await (const { records } of client.readAll(from))
    await remember(records.map(rowOf).filter(({ table }) => task.outsideTables.has(table)));
}
