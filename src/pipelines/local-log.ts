/** The log of the broker in this process as a LogClient. Loaded when it is asked for: pipelines over the network need no broker. */
import type { LocalLog } from './local/local-log.ts';
import type { LogClient } from './log-client.ts';

/** `instance`: who this is over restarts, among the members of its group. */
export async function localLogClient(log: LocalLog, instance: string): Promise<LogClient> {
  const { LocalLogClient } = await import('./local/local-log-client.ts');
  return new LocalLogClient(log, instance);
}
