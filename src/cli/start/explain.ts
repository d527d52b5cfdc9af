/** Explain: why a start failed, in one line that names the way out, and the exit code for it. */
import { hostText, InvalidSetting, type Listener } from '../../config/index.ts';
import { CommandFailed, EXIT, usageError } from '../exit-codes.ts';
import { findPortOwner } from './port-owner.ts';

/** Errors of the rooms below that say themselves what is damaged and what to do. */
const DAMAGE = new Set(['JournalDamaged', 'ManifestDamaged', 'ManifestUnknown']);

export function explainStart(error: unknown, folder: string, listeners: readonly Listener[]): unknown {
  if (error instanceof CommandFailed || !(error instanceof Error)) return error;
  if (error instanceof InvalidSetting) return usageError(error.message);
  if (error.name === 'TooFewOpenFiles') return usageError(error.message);
  if (DAMAGE.has(error.name)) return new CommandFailed(EXIT.failed, error.message, { cause: error });
  const { code, syscall } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ELOCKED':
      return new CommandFailed(
        EXIT.conflict,
        `${folder} is in use by another gregor. Stop it, or: gregor start --data DIR --listen ${nextAddress(listeners[0])}`,
      );
    case 'EADDRINUSE':
      return new CommandFailed(EXIT.conflict, portInUse(error, listeners));
    case 'EADDRNOTAVAIL':
      return usageError(
        `${addressOf(error, listeners)} is not an address of this machine: give another with --listen`,
      );
    case 'EAFNOSUPPORT':
      return usageError(
        `${addressOf(error, listeners)} is of a kind that this machine does not have: give another with --listen`,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return usageError(
        `${(error as { hostname?: string }).hostname} is not known here: no address belongs to this name. Give another with --listen`,
      );
    case 'EACCES':
    case 'EPERM':
      if (syscall === 'listen')
        return usageError(
          `${addressOf(error, listeners)} is not for this user: give a port from 1024 on with --listen`,
        );
      return new CommandFailed(
        EXIT.failed,
        `${error.message}. Run gregor as the user who owns ${folder}, or give another: gregor start --data DIR`,
        { cause: error },
      );
    case 'EROFS':
      return new CommandFailed(
        EXIT.failed,
        `The disk of ${folder} is mounted read-only. Mount it for writing, or give another folder: gregor start --data DIR`,
        { cause: error },
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return new CommandFailed(
        EXIT.diskFailed,
        `No space is left on the disk of ${folder}. Free some, or give another folder: gregor start --data DIR`,
        { cause: error },
      );
    case 'EIO':
      return new CommandFailed(EXIT.diskFailed, `The disk of ${folder} failed: ${error.message}`, {
        cause: error,
      });
    default:
      return error;
  }
}

/** Whoever has the folder has the port too. */
function nextAddress(listener: Listener | undefined): string {
  if (listener === undefined) return '127.0.0.1:9093';
  return `${hostText(listener.host)}:${listener.port === 0 ? 0 : listener.port + 1}`; // 0: any that is free
}

function portInUse(error: Error, listeners: readonly Listener[]): string {
  const address = addressOf(error, listeners);
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  const owner = findPortOwner(port);
  const by = owner === undefined ? '' : ` by ${owner.name} (pid ${owner.pid})`;
  const host = address.slice(0, address.lastIndexOf(':'));
  return `${address} is in use${by}. Stop it, or: gregor start --listen ${host}:${port + 1}`;
}

/** Node puts address and port on the error; other adapters may only name them in the text. */
function addressOf(error: Error, listeners: readonly Listener[]): string {
  const { address, port } = error as { address?: string; port?: number };
  if (address !== undefined && port !== undefined) return `${hostText(address)}:${port}`;
  const named = listeners.find((listener) => error.message.includes(`:${listener.port}`)) ?? listeners[0]!;
  return `${hostText(named.host)}:${named.port}`;
}
