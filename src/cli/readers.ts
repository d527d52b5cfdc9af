/**
 * Readers: what becomes of the program when what it prints cannot be written: nobody reads it any more, or a disk is full.
 *
 *   a command   has nobody left to work for, and ends: 0 when its reader has seen enough, 1 when what was written is not all
 *   a broker    has clients to serve: it goes on unheard, and is heard again once the disk has room
 *
 * What cannot be told on standard error is told nowhere.
 */
import { EXIT } from './exit-codes.ts';

let hasClients = false;

/** From now on nothing that cannot be written ends the program by an error that nobody expected. */
export function watchReaders(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (hasClients) return;
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    process.stderr.write(`The output cannot be written: ${error.message}\n`);
    process.exit(EXIT.failed);
  });
}

/** From now on others depend on this program, whoever reads what it prints. */
export function outliveReaders(): void {
  hasClients = true;
}
