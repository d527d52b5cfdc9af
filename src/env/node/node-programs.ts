/**
 * nodePrograms: real programs, each in a process group of its own, so that it ends with all that it started. Its stdin ends with this
 * process, which ends a program that reads to the end.
 */
import type { ChildProcess } from 'node:child_process';
import type { Program, ProgramListener, Programs } from '../programs.ts';

const STDERR_MAX = 2000;

export const nodePrograms: Programs = {
  start([program, ...args], { line, exit }: ProgramListener): Program {
    // Loaded with the first program.
    const { spawn } = process.getBuiltinModule('node:child_process');
    const { createInterface } = process.getBuiltinModule('node:readline');
    const child = spawn(program!, args, { stdio: 'pipe', detached: true });
    let stderr = '';
    let failure: Error | undefined;
    child.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (stderr = (stderr + text).slice(-STDERR_MAX)));
    child.stdin.on('error', () => {}); // it has ended: `exit` tells so
    createInterface({ input: child.stdout, crlfDelay: Infinity }).on('line', line);
    child.on('error', (error) => (failure = error));
    child.on('close', (code, signal) => {
      const hasStarted = child.pid !== undefined;
      const how = hasStarted
        ? signal === null
          ? `ended with code ${code}`
          : `was ended by ${signal}`
        : `could not be started: ${failure?.message}`;
      exit({ hasStarted, reason: stderr.trim() === '' ? how : `${how}: ${stderr.trim()}` });
    });
    return {
      write: (text) => void child.stdin.write(`${text}\n`),
      kill: () => killGroup(child),
    };
  },
};

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has just ended by itself
  }
}
