/**
 * Pinned: what a backup may copy from a folder: a checkpoint that the running broker holds for us, or, when no broker has
 * the folder and it was closed in peace, its manifest under the folder's own lock.
 */
import type net from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { silent } from '../../base/index.ts';
import { NodeDisk } from '../../env/node/index.ts';
import { Manifest, type ManifestContent } from '../../log/index.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { connectAdmin } from './admin-client.ts';
import { isFolder, noDataFolder, openFolder } from './open-folder.ts';

const STILL_THERE_EVERY_MS = 5_000;

export interface Pinned {
  readonly content: ManifestContent;
  readonly disk: NodeDisk;
  readonly isRunning: boolean;
  /** Rejects when the broker let go, so that files may be gone. */
  readonly lost: Promise<never>;
  release(): Promise<void>;
}

export async function pin(name: string): Promise<Pinned> {
  const folder = path.resolve(name);
  if (!isFolder(folder))
    throw new CommandFailed(EXIT.notFound, `There is no folder ${name}. Name the data folder: --data DIR`);
  const socket = await connectAdmin(folder);
  return socket === undefined ? pinStopped(name) : pinRunning(name, folder, socket);
}

async function pinRunning(name: string, folder: string, socket: net.Socket): Promise<Pinned> {
  let isReleased = false;
  const lost = new Promise<never>((_, reject) => {
    const gone = () => {
      if (!isReleased)
        reject(
          new CommandFailed(
            EXIT.failed,
            `The broker of ${name} went away before the backup was complete. What was there before still counts: run it again`,
          ),
        );
    };
    socket.on('error', gone).on('close', gone);
  });
  lost.catch(() => {}); // heard by whoever copies
  const answer = new Promise<string>((resolve) => createInterface({ input: socket }).once('line', resolve));
  socket.write('{"request":"pin"}\n');
  const { content, error } = JSON.parse(await Promise.race([answer, lost])) as {
    content?: ManifestContent;
    error?: string;
  };
  if (content === undefined)
    throw new CommandFailed(EXIT.failed, `The broker of ${name} cannot make a backup: ${error}`);
  const alive = setInterval(() => socket.write('\n'), STILL_THERE_EVERY_MS);
  const release = async () => {
    isReleased = true;
    clearInterval(alive);
    socket.destroy();
  };
  return { content, disk: new NodeDisk(folder, { readOnly: true }), isRunning: true, lost, release };
}

async function pinStopped(name: string): Promise<Pinned> {
  const folder = await openFolder(name, 'copy', { readOnly: true });
  try {
    const { content } = await Manifest.open({ disk: folder.disk }, silent);
    if (content === undefined) throw noDataFolder(name);
    if (!content.clean)
      throw new CommandFailed(
        EXIT.failed,
        `${name} was not closed in peace: its newest records lie in the journal alone. Start it (gregor start --data ${name}) and run the backup while it runs`,
      );
    const disk = folder.disk as NodeDisk;
    return { content, disk, isRunning: false, lost: new Promise(() => {}), release: () => folder.release() };
  } catch (error) {
    await folder.release();
    throw error;
  }
}
