/** Reach: what a pipeline may use of the world outside the log. What is not given it has to do without. */
import type { Http, Programs, SpaceOf } from '../env/index.ts';

export interface Reach {
  /** Starts the programs of `exec`; without it a pipeline that has such a step is refused. */
  readonly programs?: Programs | undefined;
  /** Asks the services of `enrich` with a url; without it a pipeline that has such a step is refused. */
  readonly http?: Http | undefined;
  /** For what is told when the disk with the state is full. */
  readonly spaceOf?: SpaceOf | undefined;
}
