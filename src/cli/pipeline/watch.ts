/**
 * watch: runs a pipeline in a process of its own, and anew whenever its file, or a file beside it, has changed and lint finds no error. A
 * broken file is told, and the running pipeline stays as it was.
 *
 *   change -> quiet for 150 ms -> lint -+- no error -> stop the old one (its work is committed) -> start the new one
 *                                       +- errors --> told; the old one goes on
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, watch as watchFolder } from 'node:fs';
import path from 'node:path';
import type { PipelineRunOptions } from '../commands/pipeline-run.ts';
import { CommandFailed, EXIT, type ExitCode } from '../exit-codes.ts';

const QUIET_MS = 150;
const SOURCES = /(?<!\.test)\.(ts|mts|js|mjs|json|ya?ml)$/;

export async function watch(file: string, options: PipelineRunOptions): Promise<ExitCode> {
  if (!existsSync(file)) throw new CommandFailed(EXIT.notFound, `There is no file '${file}'`);
  const folder = path.dirname(path.resolve(file));
  const runner = new Runner(file, options);
  let known = contentOf(folder);
  let timer: NodeJS.Timeout | undefined;
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const now = contentOf(folder);
      if (now !== known) runner.renew('changed');
      known = now;
    }, QUIET_MS);
  };
  const watcher = watchFolder(folder, changed);
  runner.renew('watched');
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve);
  });
  watcher.close();
  clearTimeout(timer);
  await runner.stop();
  return signal === 'SIGINT' ? EXIT.interrupted : EXIT.ok;
}

class Runner {
  readonly #file: string;
  readonly #options: PipelineRunOptions;
  #child: ChildProcess | undefined;
  /** One renewal after the other. */
  #work = Promise.resolve();
  #isStopped = false;

  constructor(file: string, options: PipelineRunOptions) {
    this.#file = file;
    this.#options = options;
  }

  renew(why: string): void {
    this.#work = this.#work.then(() => this.#renew(why));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#work;
    await this.#end();
  }

  async #renew(why: string): Promise<void> {
    if (this.#isStopped) return;
    const problems = await this.#lint();
    if (this.#isStopped) return;
    if (problems !== undefined) {
      const then = this.#child === undefined ? 'it is not run' : 'the pipeline that runs stays as it was';
      return say(`${this.#file} has errors: ${then}. Waiting for a change`, problems);
    }
    await this.#end();
    say(`${this.#file} is ${why === 'changed' ? 'run anew' : 'run'}`);
    const child = this.#start(['run', this.#file, ...this.#parameters()]);
    this.#child = child;
    child.once('close', (exitCode) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      if (!this.#isStopped) say(`${this.#file} has stopped (exit code ${exitCode}). Waiting for a change`);
    });
  }

  /** Undefined: there is no error. */
  async #lint(): Promise<string | undefined> {
    const child = this.#start(['lint', '--offline', this.#file], 'pipe');
    let told = '';
    child.stdout!.on('data', (chunk) => (told += chunk));
    child.stderr!.on('data', (chunk) => (told += chunk));
    return (await ended(child)) === EXIT.ok ? undefined : told;
  }

  async #end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const end = ended(child);
    child.kill('SIGTERM');
    await end;
  }

  #start(parameters: readonly string[], stdio: 'inherit' | 'pipe' = 'inherit'): ChildProcess {
    return spawn(process.execPath, [process.argv[1]!, 'pipeline', ...parameters], { stdio });
  }

  #parameters(): string[] {
    const { bootstrap, bootstrapServer, timeout, sessionTimeout } = this.#options;
    const brokers = bootstrap ?? bootstrapServer;
    return [
      ...(brokers === undefined ? [] : ['-b', brokers]),
      '--timeout',
      timeout,
      '--session-timeout',
      sessionTimeout,
    ];
  }
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode);
    else child.once('close', resolve);
  });
}

/** Editors write files in several ways; what counts is what stands in them afterwards. */
function contentOf(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort())
    if (SOURCES.test(name) && existsSync(path.join(folder, name)))
      hash.update(`${name}\0`).update(readFileSync(path.join(folder, name)));
  return hash.digest('hex');
}

/** The running pipeline may have its status on the line. */
function say(text: string, before = ''): void {
  process.stderr.write(`${process.stderr.isTTY === true ? '\r\u001b[2K' : ''}${before}gregor: ${text}\n`);
}
