/** askBroker: one question to the broker of a data folder on this machine, through its admin socket. */
import path from 'node:path';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import { askAdmin, connectAdmin } from './admin-client.ts';
import { isFolder } from './open-folder.ts';

/** `name`: the folder as it was typed. Throws CommandFailed: no such folder, nobody answers, no answer. */
export async function askBroker(name: string, request: 'status' | 'why'): Promise<unknown> {
  const folder = path.resolve(name);
  if (!isFolder(folder))
    throw new CommandFailed(EXIT.notFound, `There is no folder ${name}. Name the data folder: --data DIR`);
  const socket = await connectAdmin(folder);
  if (socket === undefined)
    throw new CommandFailed(
      EXIT.unreachable,
      `No broker answers for ${name}: none runs there (start one: gregor start --data ${name}), or it is inside another program, which has no admin socket`,
    );
  const line = await askAdmin(socket, request);
  if (line === undefined)
    throw new CommandFailed(
      EXIT.failed,
      `The broker of ${name} went away, or is busy with backups: try again`,
    );
  const answer = JSON.parse(line) as Record<string, unknown>;
  if (answer[request] === undefined)
    throw new CommandFailed(
      EXIT.failed,
      `The broker of ${name} does not tell its ${request}: ${String(answer['error'])}`,
    );
  return answer[request];
}
