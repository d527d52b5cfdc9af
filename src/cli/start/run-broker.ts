/**
 * runBroker: one broker from flags to the end of the process.
 *
 *   settings -> folder -> startServer -> banner -> SIGTERM: flush, stop, 0 · SIGINT: the same, 130 · disk failed: 74
 *
 * A second signal does not wait for the first.
 */
import module from 'node:module';
import path from 'node:path';
import type { EventSink } from '../../base/index.ts';
import { DEFAULT_FOLDER, effectiveBrokerConfig, NO_LAYERS, parseListeners } from '../../config/index.ts';
import { nodeEnvironment } from '../../env/node/index.ts';
import { type Server, startServer } from '../../server/index.ts';
import type { StartOptions } from './flags.ts';
import { EXIT, type ExitCode, usageError } from '../exit-codes.ts';
import { outliveReaders } from '../readers.ts';
import { version } from '../version.ts';
import { banner } from './banner.ts';
import { prepareFolder } from './data-folder.ts';
import { explainStart } from './explain.ts';
import { type HostedPipelines, hostPipelines, loadPipelines } from './hosted-pipelines.ts';
import { type Log, openLog } from './log.ts';
import { gatherSettings, refuseStrangers } from './sources.ts';

export async function runBroker(options: StartOptions): Promise<ExitCode> {
  outliveReaders();
  const log = openLog(process.stderr, options.logLevel);
  try {
    return await serve(options, log);
  } finally {
    await log.flush();
  }
}

async function serve(options: StartOptions, log: Log): Promise<ExitCode> {
  const { texts, ignored } = gatherSettings(options, process.env);
  const config = effectiveBrokerConfig({ ...NO_LAYERS, static: texts });
  const listeners = explained(() => parseListeners(config), DEFAULT_FOLDER);
  refuseStrangers(listeners, config['gregor.allow.anonymous']);
  const folders = config['log.dirs'] ?? (texts.has('log.dir') ? config['log.dir'] : [DEFAULT_FOLDER]);
  if (folders.length !== 1)
    throw usageError(
      `log.dirs names ${folders.length} folders; all partitions share one journal, so give one`,
    );
  const folder = folders[0]!;
  prepareFolder(folder);
  if (ignored.length > 0)
    log.sink('warn', 'Settings that mean nothing here were ignored', { names: ignored.join(', ') });

  const pipelines = await loadPipelines(config['gregor.pipelines']);
  const stopped = stopSignal();
  const server = await startServer(nodeEnvironment(path.resolve(folder)), {
    settings: texts,
    events: log.sink,
  }).catch((error: unknown) => {
    throw explainStart(error, displayed(folder), listeners);
  });
  process.stdout.write(
    banner({
      version: version(),
      readyMs: performance.now(), // counted from the start of the process
      listeners: server.listeners.map(({ name, host, port }) => ({
        host,
        port,
        isAdvertised: listeners.find((listener) => listener.name === name)?.advertised !== undefined,
      })),
      folder: displayed(folder),
      topicCount: server.topicCount,
      bytes: server.bytes,
      flush: config['gregor.flush'],
      flushIntervalMs: config['gregor.flush.interval.ms'],
    }),
  );
  log.began();
  module.flushCompileCache();
  const { openAdminSocket } = await import('../folder/admin-socket.ts');
  const admin = await openAdminSocket(path.resolve(folder), server, log.sink);
  const hosted = await hostPipelines(server, pipelines);
  return untilEnd(server, hosted, stopped, log.sink).finally(() => admin.close());
}

async function untilEnd(
  server: Server,
  hosted: HostedPipelines,
  stopped: Promise<NodeJS.Signals>,
  events: EventSink,
): Promise<ExitCode> {
  const failed = server.failed.catch((error: unknown) => error as Error);
  const reason = await Promise.race([stopped, failed]);
  if (typeof reason !== 'string') {
    events('error', 'The disk failed: nothing more is acknowledged', { error: reason.message });
    return EXIT.diskFailed;
  }
  events('info', 'Stopping', { signal: reason });
  await hosted.stop();
  await server.stop();
  events('info', 'Stopped: everything is on the disk');
  return reason === 'SIGINT' ? EXIT.interrupted : EXIT.ok;
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let count = 0;
    const stop = (signal: NodeJS.Signals) => {
      if (count++ > 0) process.exit(EXIT.interrupted);
      resolve(signal);
    };
    process.on('SIGTERM', stop).on('SIGINT', stop);
  });
}

function explained<T>(read: () => T, folder: string): T {
  try {
    return read();
  } catch (error) {
    throw explainStart(error, folder, []);
  }
}

/** Folders below this one are shown as people type them. */
function displayed(folder: string): string {
  return path.isAbsolute(folder) || folder.startsWith('.') ? folder : `./${folder}`;
}
