/**
 * HostedPipeline: a pipeline that runs inside another program: the broker's, or a user's. What ends it never ends that: a
 * failure of the moment is tried again, and a topic that is missing waited for; one that would come again is told, and the pipeline
 * stays stopped.
 */
import type { EventSink } from '../base/index.ts';
import type { Clock } from '../env/index.ts';
import type { Pipeline } from '../streams/index.ts';
import type { LogClient } from './log-client.ts';
import { PipelineRows } from './rows.ts';
import { isFinal, messageOf, runPipeline } from './run.ts';
import { MissingTopic } from './missing-topic.ts';
import type { Reach } from './reach.ts';

export interface HostOptions extends Reach {
  readonly client: LogClient;
  readonly clock: Clock;
  readonly events: EventSink;
}

const AGAIN_MS = 1_000;

export class HostedPipeline {
  readonly name: string;
  /** What it keeps, by key. */
  readonly rows: PipelineRows;
  /** Resolves when it was stopped; rejects with what it failed of for good. */
  readonly ended: Promise<void>;
  readonly #stopping = new AbortController();

  constructor(pipeline: Pipeline, options: HostOptions) {
    this.name = pipeline.settings.name;
    this.rows = new PipelineRows(pipeline, options.clock);
    this.ended = this.#run(pipeline, options);
    this.ended.catch(() => undefined); // it was told as an event
  }

  /** What was processed is committed first. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.ended.catch(() => undefined); // told before
  }

  /** Without waiting: the broker is gone. */
  abandon(): void {
    this.#stopping.abort();
  }

  async #run(pipeline: Pipeline, options: HostOptions): Promise<void> {
    const { clock, events } = options;
    const { signal } = this.#stopping;
    const fields = { pipeline: this.name };
    let told = '';
    events('info', 'pipeline.started', fields);
    while (!signal.aborted)
      try {
        await runPipeline(pipeline, { ...options, signal, rows: this.rows, onCommit: () => (told = '') });
      } catch (error) {
        if (isFinal(error) && !(error instanceof MissingTopic)) {
          events('error', 'pipeline.failed', { ...fields, message: messageOf(error) });
          throw error;
        }
        const message = messageOf(error);
        if (message !== told)
          events('warn', 'pipeline.interrupted', { ...fields, message, pauseMs: AGAIN_MS });
        told = message;
        await clock.sleep(AGAIN_MS, signal);
      }
    events('info', 'pipeline.stopped', fields);
  }
}
