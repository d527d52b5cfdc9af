/**
 * NetworkFaults: how bad the simulated network is. A scenario changes the numbers while the world runs.
 *
 *   latency, jitter   bytes take time, so answers of one connection meet requests of another in any order
 *   splits            TCP knows no messages: a read may end at any byte
 *   holds             a route is clogged for seconds, then everything comes at once, in order: a request that its client
 *                     gave up long ago and sent again elsewhere still arrives
 *   cuts              a connection is reset in the middle; what was under way arrives in part, or not
 *   small windows     a peer that does not read stops the writer early
 */
export interface NetworkFaults {
  /** One way, drawn per chunk. Milliseconds. */
  readonly latencyMs: readonly [min: number, max: number];
  /** How likely a write arrives in pieces that end anywhere. */
  readonly splitShare: number;
  /** How likely a write brings a reset of its connection. */
  readonly cutShare: number;
  /** How likely a chunk, and all behind it, is held. */
  readonly holdShare: number;
  readonly holdMsMax: number;
  /** Bytes that the two kernels take before the writer must wait; drawn per connection. */
  readonly windowBytes: readonly [min: number, max: number];
}

export const CALM_NETWORK: NetworkFaults = {
  latencyMs: [0.05, 0.5],
  splitShare: 0.3,
  cutShare: 0,
  holdShare: 0,
  holdMsMax: 0,
  windowBytes: [64 * 1024, 512 * 1024],
};
