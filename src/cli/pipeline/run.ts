/**
 * run: a pipeline from its file until Ctrl-C (what was done is committed first), or until it must stop.
 * On standard error: what it is given to do, how it does, and what goes wrong; it tries again by itself.
 */
import type { EventSink } from '../../base/index.ts';
import { nodeEnvironment, nodeHttp, nodePrograms, nodeSpaceOf } from '../../env/node/index.ts';
import { KafkaLogClient, type Progress, runPipeline } from '../../pipelines/index.ts';
import { bootstrapOf, requireReachable, timeoutMsOf } from '../client/bootstrap.ts';
import type { PipelineRunOptions } from '../commands/pipeline-run.ts';
import { EXIT, type ExitCode, usageError } from '../exit-codes.ts';
import { eventLine } from './event-line.ts';
import { pipelineFailure } from './failure.ts';
import { loadPipeline } from './load.ts';
import { StatusLine } from './status-line.ts';

export async function run(file: string, options: PipelineRunOptions): Promise<ExitCode> {
  const pipeline = await loadPipeline(file);
  const addresses = bootstrapOf(options);
  await requireReachable(addresses, timeoutMsOf(options));
  const client = await KafkaLogClient.connect({
    bootstrap: addresses.map(({ host, port }) => `${host}:${port}`),
    sessionTimeoutMs: sessionMsOf(options),
  });
  const { signal, exitCode } = untilStopped();
  try {
    const { clock } = nodeEnvironment(process.cwd());
    const { name } = pipeline.settings;
    const status = new StatusLine(name, process.stderr.isTTY === true, clock.monotonic(), toErrors);
    const events: EventSink = (level, message, fields) => {
      status.clear();
      tell(level, message, fields);
    };
    const onCommit = (progress: Progress) => status.update(progress, clock.monotonic());
    const reach = { programs: nodePrograms, http: nodeHttp, spaceOf: nodeSpaceOf };
    await runPipeline(pipeline, { client, clock, signal, events, onCommit, ...reach });
    status.end();
    return exitCode();
  } catch (error) {
    throw pipelineFailure(error, file, pipeline.settings.name);
  } finally {
    await client.close();
  }
}

const toErrors = (text: string): void => void process.stderr.write(text);

const tell: EventSink = (level, message, fields) => toErrors(`${eventLine(level, message, fields)}\n`);

function sessionMsOf({ sessionTimeout }: PipelineRunOptions): number {
  const seconds = Number(sessionTimeout);
  if (!(seconds > 0) || seconds > 3_600)
    throw usageError(`--session-timeout ${sessionTimeout}: that is not a number of seconds`);
  return Math.ceil(seconds * 1000);
}

function untilStopped(): { readonly signal: AbortSignal; readonly exitCode: () => ExitCode } {
  const stopping = new AbortController();
  let code: ExitCode = EXIT.ok;
  const stop = (name: NodeJS.Signals) => {
    code = name === 'SIGINT' ? EXIT.interrupted : EXIT.ok;
    stopping.abort();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return { signal: stopping.signal, exitCode: () => code };
}
