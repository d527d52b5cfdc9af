/** What ends a pipeline, as one line: where its plan cannot work, or where a step stopped it. */
import { explainClient } from '../client/explain.ts';
import { CommandFailed, EXIT, usageError } from '../exit-codes.ts';

/** By name, for the file may have another copy of the library. */
export function pipelineFailure(error: unknown, file: string, name: string): unknown {
  const { name: kind, message } = error instanceof Error ? error : new Error(String(error));
  if (kind === 'PlanError') return usageError(`${file}: ${message}`);
  if (kind === 'PipelineFailed')
    return new CommandFailed(EXIT.failed, `${file}: ${message}`, { cause: error });
  const told = explainClient(error, `pipeline ${name}`);
  if (!(told instanceof CommandFailed) || told.exitCode !== EXIT.unreachable) return told;
  const away = `${told.message.replace(/\.$/, '')}: the broker went away. Nothing half done is committed: run it again when it is back`;
  return new CommandFailed(EXIT.unreachable, away, { cause: error });
}
