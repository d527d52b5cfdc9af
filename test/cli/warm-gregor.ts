/**
 * WarmGregor: commands of gregor as people type them, one after the other in one process. What a command costs is mostly the start
 * of a process and the client's library, so a test that needs many starts few: each command once as a process of its own.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Stands behind all that a command wrote, on both outputs. */
export const END = '\0end\0';

export class WarmGregor {
  readonly #child: ChildProcess = fork(path.join(import.meta.dirname, 'commands-in-turn.ts'), {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  readonly #over = once(this.#child, 'exit');
  #turn: Promise<unknown> = Promise.resolve();

  /** Rejects when the process is gone; what is wrong with the command stands in the answer. */
  run(words: readonly string[]): Promise<Run> {
    const run = this.#turn.then(() => this.#runNow(words));
    this.#turn = run.catch(() => {});
    return run;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.disconnect();
    await this.#over;
  }

  async #runNow(words: readonly string[]): Promise<Run> {
    const { stdout, stderr } = this.#child;
    const code = once(this.#child, 'message') as Promise<[number]>;
    const told = Promise.all([untilEnd(stdout!), untilEnd(stderr!), code]);
    this.#child.send(words);
    const ended = await Promise.race([told, this.#over]);
    if (ended.length === 3) return { out: ended[0], err: ended[1], code: ended[2][0] };
    throw new Error(`gregor ${words.join(' ')}: its process ended with ${ended[0] ?? ended[1]}`);
  }
}

async function untilEnd(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  const collect = (some: string) => (text += some);
  stream.setEncoding('utf8').on('data', collect);
  while (!text.endsWith(END)) await once(stream, 'data');
  stream.off('data', collect);
  return text.slice(0, -END.length);
}
