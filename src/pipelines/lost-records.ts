/** Records that were never processed are gone. That is for people to decide, never skipped in silence. */
import { PlanError } from '../streams/index.ts';
import type { Position } from './log-client.ts';

export class LostRecords extends PlanError {
  /** Where the reader stands. */
  readonly position: Position;

  constructor(position: Position, start: number) {
    const { topic, partition, offset } = position;
    super(
      `${topic}, partition ${partition}: the pipeline stands at offset ${offset}, but retention has removed all before ${start}: ` +
        `${start - offset} records are lost to it. To go on from there: gregor group seek`,
    );
    this.position = position;
  }
}
