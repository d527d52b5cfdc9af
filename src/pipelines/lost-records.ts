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

/** The log ends before a position that was reached in it. */
export class LostEnd extends PlanError {
  constructor({ topic, partition, offset }: Position, end: number) {
    super(
      `${topic}, partition ${partition}: the pipeline stands at offset ${offset}, but the topic ends at ${end}: its newest records are gone, ` +
        'or it is another topic. To go on from its end or from elsewhere: gregor group seek',
    );
  }
}
