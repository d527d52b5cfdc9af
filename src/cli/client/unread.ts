/**
 * Unread: tells when nobody reads our standard output any more, while nothing is written to it.
 *
 * A pipe says that its reader went (`gregor consume t | head -1`) to who polls it, and Node offers no way to poll a descriptor
 * that is only written to. GNU `tail -f` polls its own standard output and ends by SIGPIPE, so one is started on ours; it ends
 * with us. Where there is no such `tail`, the next record finds out.
 */
import { spawn } from 'node:child_process';
import { fstatSync } from 'node:fs';

const STDOUT = 1;
const LOOK_SECONDS = '0.1';

/** Calls `act` once when the reader is gone; never, when standard output is no pipe. */
export function whenUnread(act: () => void): void {
  if (!isPipe()) return;
  const flags = ['-f', '-s', LOOK_SECONDS, `--pid=${process.pid}`, '/dev/null'];
  const watcher = spawn('tail', flags, { stdio: ['ignore', 'inherit', 'ignore'] });
  watcher.on('error', () => {}); // no tail here
  watcher.once('exit', (_code, signal) => {
    if (signal === 'SIGPIPE') act();
  });
  watcher.unref();
  process.once('exit', () => watcher.kill()); // while it lives the reader sees no end
}

function isPipe(): boolean {
  try {
    return fstatSync(STDOUT).isFIFO();
  } catch {
    return false; // it is closed
  }
}
