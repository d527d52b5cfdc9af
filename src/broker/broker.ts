/** Broker: all that handlers can ask for. Assembled by the server; each handler names the parts that it needs. */
import type { EventSink } from '../base/index.ts';
import type { Checks } from '../checks/index.ts';
import type { ClusterImage, Controller } from '../cluster/index.ts';
import type { GroupCoordinator, TransactionCoordinator } from '../coordinator/index.ts';
import type { Clock, Random } from '../env/index.ts';
import type { Partitions } from '../partition/index.ts';
import type { BrokerConfigs } from './configs.ts';
import type { FetchSessions } from './fetch-sessions.ts';
import type { Refusals } from './refusals.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Who we are, as clients see it. */
export interface Identity {
  readonly nodeId: number;
  readonly clusterId: string;
  /** What clients of this listener shall connect to. */
  endpoint(listener: string): Endpoint;
}

/** One row of ApiVersions. */
export interface AdvertisedApi {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

export interface Broker {
  /** What ApiVersions lists: computed from the table of handlers. */
  readonly apis: readonly AdvertisedApi[];
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink;
  readonly identity: Identity;
  readonly image: ClusterImage;
  readonly controller: Controller;
  readonly partitions: Partitions;
  readonly groups: GroupCoordinator;
  readonly transactions: TransactionCoordinator;
  readonly sessions: FetchSessions;
  readonly configs: BrokerConfigs;
  readonly checks: Checks;
  readonly refusals: Refusals;
}
