/**
 * HostedPipelines: the pipelines of `gregor start --pipeline FILE`, inside the broker. A file that cannot be loaded is a mistake in a
 * setting: the broker does not start. What fails later is told in the log, and the broker goes on.
 */
import { nodeHttp, nodeSpaceOf } from '../../env/node/index.ts';
import type { Pipeline } from '../../streams/index.ts';
import type { Server } from '../../server/index.ts';
import { usageError } from '../exit-codes.ts';

export interface HostedPipelines {
  /** What they have processed is committed first. */
  stop(): Promise<void>;
}

/** Before the folder is opened. Nothing of pipelines is loaded where there are none. */
export async function loadPipelines(files: readonly string[]): Promise<readonly Pipeline[]> {
  if (files.length === 0) return [];
  const { loadPipeline } = await import('../pipeline/load.ts');
  const found = new Map<string, string>();
  const pipelines: Pipeline[] = [];
  for (const file of files) {
    const pipeline = await loadPipeline(file);
    const { name } = pipeline.settings;
    const other = found.get(name);
    if (other !== undefined) throw usageError(`${other} and ${file} are both named '${name}': rename one`);
    found.set(name, file);
    refusePrograms(pipeline, file);
    pipelines.push(pipeline);
  }
  return pipelines;
}

/** A broker that starts other programs would be another risk than one that keeps a log. */
function refusePrograms({ layout }: Pipeline, file: string): void {
  for (const { name, node } of layout.stages.flatMap(({ nodes }) => nodes))
    if (node.kind === 'step' && node.outside?.kind === 'program')
      throw usageError(
        `${file}: step '${name}' starts a program, and the broker starts none. Run it beside the broker: gregor pipeline run ${file}`,
      );
}

export async function hostPipelines(
  server: Server,
  pipelines: readonly Pipeline[],
): Promise<HostedPipelines> {
  if (pipelines.length === 0) return { stop: () => Promise.resolve() };
  const { HostedPipeline, localLogClient } = await import('../../pipelines/index.ts');
  const { clock, events } = server.broker;
  const client = await localLogClient(server.broker, 'broker');
  const reach = { http: nodeHttp, spaceOf: nodeSpaceOf };
  const hosted = pipelines.map(
    (pipeline) => new HostedPipeline(pipeline, { client, clock, events, ...reach }),
  );
  return {
    async stop() {
      await Promise.all(hosted.map((one) => one.stop()));
    },
  };
}
