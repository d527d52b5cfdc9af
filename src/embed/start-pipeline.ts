/**
 * startPipeline: a pipeline in this process, against a broker somewhere else.
 *
 *   await using running = await startPipeline(orders, { bootstrap: '127.0.0.1:9092' })
 *   await running.get('totals', id, { after: { topic: 'shop.raw', partition, offset } })
 *
 * As many processes as you like share the work. A broker that is away is waited for.
 */
import { type EventSink, silent } from '../base/index.ts';
import { nodeEnvironment, nodeHttp, nodeSpaceOf } from '../env/node/index.ts';
import type { Pipeline } from '../streams/index.ts';
import type { RunningPipeline, RunPipelineOptions } from './running-pipeline.ts';

export interface StartPipelineOptions extends RunPipelineOptions {
  /** `host:port` of one broker, or of several. */
  readonly bootstrap: string | readonly string[];
  /** After so long without a sign of life the work is given to others. Default 10 s. */
  readonly sessionTimeoutMs?: number;
  readonly events?: EventSink;
}

/** Resolves at once: what is missing (a broker, an input) is waited for, and told as an event. */
export async function startPipeline(
  pipeline: Pipeline,
  { bootstrap, sessionTimeoutMs, events = silent, programs }: StartPipelineOptions,
): Promise<RunningPipeline> {
  const { HostedPipeline, KafkaLogClient } = await import('../pipelines/index.ts'); // most programs run none
  const { clock } = nodeEnvironment(process.cwd());
  const client = await KafkaLogClient.connect({
    bootstrap: typeof bootstrap === 'string' ? [bootstrap] : bootstrap,
    ...(sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs }),
  });
  const hosted = new HostedPipeline(pipeline, {
    client,
    clock,
    events,
    programs,
    http: nodeHttp,
    spaceOf: nodeSpaceOf,
  });
  const ended = hosted.ended.finally(() => client.close());
  ended.catch(() => undefined); // told as an event, and to whoever asks
  const stop = async () => {
    await hosted.stop();
    await ended.catch(() => undefined);
  };
  return {
    ended,
    get: (step, key, options) => hosted.rows.get(step, key, options),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
