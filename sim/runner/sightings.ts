/**
 * Sightings: at which places a fault could have come, in which seed first, and how often there. From them come the directed
 * reruns: one for each place that no seed had a fault at, though some could have had.
 */
import type { DirectedFault } from '../../src/env/sim/index.ts';
import type { Share } from './plan.ts';

export interface Sighting {
  readonly place: string;
  /** The first one of its scenario. */
  readonly seed: number;
  /** How often the fault could have come in it. */
  readonly count: number;
  /** How many seeds it could have come in. */
  readonly seeds: number;
}

/** One seed again, with a fault. */
export interface Rerun extends Share {
  readonly directed: DirectedFault;
}

/** Adds what one seed had to what those before it had. */
export function sight(
  sightings: Map<string, Sighting>,
  seed: number,
  occasions: ReadonlyMap<string, number>,
): void {
  for (const [place, count] of occasions) {
    const known = sightings.get(place);
    sightings.set(place, { place, seed, count, ...known, seeds: (known?.seeds ?? 0) + 1 });
  }
}

export class Sightings {
  /** By place, then by scenario. */
  readonly #places = new Map<string, Map<string, Sighting>>();

  /** In any order of seeds. */
  add(scenario: string, sightings: readonly Sighting[]): void {
    for (const sighting of sightings) {
      const { place } = sighting;
      const scenarios = this.#places.get(place) ?? new Map<string, Sighting>();
      this.#places.set(place, scenarios);
      const known = scenarios.get(scenario);
      const seeds = (known?.seeds ?? 0) + sighting.seeds;
      scenarios.set(scenario, {
        ...(known !== undefined && known.seed < sighting.seed ? known : sighting),
        seeds,
      });
    }
  }

  /** In how many seeds a fault could have come, by place. */
  *seeds(): Generator<readonly [place: string, seeds: number]> {
    for (const [place, scenarios] of this.#places)
      yield [place, [...scenarios.values()].reduce((sum, { seeds }) => sum + seeds, 0)];
  }

  /**
   * One for each place that was seen. Scenarios take turns, since each has checkers of its own; the fault comes half-way, because
   * the first calls of a kind are often those of a start.
   */
  reruns(places: readonly string[]): Rerun[] {
    const seen = places.filter((place) => this.#places.has(place));
    return seen.map((place, turn) => {
      const scenarios = [...this.#places.get(place)!].sort(([a], [b]) => (a < b ? -1 : 1));
      const [scenario, { seed, count }] = scenarios[turn % scenarios.length]!;
      return { scenario, first: seed, last: seed, directed: { place, nth: Math.ceil(count / 2) } };
    });
  }
}
