/**
 * The pipeline of the demo: flights from three systems, each with a form of its own, late, some twice, some broken. Out of them comes one
 * topic in which every flight stands once, those of one airport in the order of departure, with the city that they leave.
 *
 *   npx gregor pipeline plan scripts/demo/pipeline/flights.ts
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseDefinition } from 'gregor/canonical';
import { headerText, pipeline, serde, table, topic } from 'gregor/streams';

/** As the definition has it: seconds and kilometres. */
interface Flight {
  readonly row: number;
  readonly departure: string;
  readonly delay: number | null;
  readonly distance: number;
  readonly from: string;
  readonly to: string;
}

interface Airport {
  readonly city: string;
  readonly state: string;
}

/** Where held records lie, if not with the other state. */
const { FLIGHTS_REDIS } = process.env;
const lens = path.join(import.meta.dirname, '../canonical/flight.lens.yaml');
const definition = await parseDefinition(readFileSync(lens, 'utf8'), 'flight.lens.yaml');
const airports = table('airports', { key: serde.text, value: serde.json<Airport>() });

const once = pipeline('flights-demo', { deadLetter: 'flights.dead' })
  .from(topic('flights.raw'))
  .canonicalise(definition, { dialect: (r) => headerText(r.headers, 'dialect') ?? '' })
  .parse(serde.json<Flight>())
  .eventTime((r) => `${r.value.departure}Z`, { maxOutOfOrder: '30m', idleAfter: '1h' })
  .filter((r) => r.value.from !== 'END', { because: 'it only says that no more flights come' })
  .keyBy((r) => r.value.from, { as: 'by-origin' })
  .dedupe({ by: (r) => `${r.value.from} ${r.value.row}`, window: { time: '1d' }, as: 'once' });

const order = { by: 'event-time', order: (r: { value: Flight }) => r.value.row, as: 'in-order' } as const;
// Redis may forget what it holds: that is read again, from a topic behind the ids that would take it for a repetition.
const ordered =
  FLIGHTS_REDIS === undefined
    ? once.reorder(order)
    : once
        .keyBy((r) => r.value.from, { as: 'to-order' })
        .reorder({ ...order, store: { redis: FLIGHTS_REDIS } });

export default ordered
  .join(airports, { kind: 'left', as: 'with-city' }, (flight, airport) => ({
    ...flight,
    city: airport?.city,
    state: airport?.state,
  }))
  .to(topic('flights', { key: serde.text, value: serde.json() }));
