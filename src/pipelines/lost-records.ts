/** Records that were never processed are gone. That is for people to decide, never skipped in silence. */
import { PlanError } from '../streams/index.ts';
import type { Position } from './log-client.ts';

export function lostRecords({ topic, partition, offset }: Position, start: number): PlanError {
  return new PlanError(
    `${topic}, partition ${partition}: the pipeline stands at offset ${offset}, but retention has removed all before ${start}: ` +
      `${start - offset} records are lost to it. To go on from there: gregor group seek`,
  );
}
