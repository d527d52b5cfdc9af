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

const lens = path.join(import.meta.dirname, '../canonical/flight.lens.yaml');
const definition = await parseDefinition(readFileSync(lens, 'utf8'), 'flight.lens.yaml');
const airports = table('airports', { key: serde.text, value: serde.json<Airport>() });

export default pipeline('flights-demo')
  .from(topic('flights.raw'))
  .canonicalise(definition, { dialect: (r) => headerText(r.headers, 'dialect') ?? '' })
  .parse(serde.json<Flight>())
  .eventTime((r) => `${r.value.departure}Z`, { maxOutOfOrder: '30m', idleAfter: '1h' })
  .filter((r) => r.value.from !== 'END')
  .keyBy((r) => r.value.from, { as: 'by-origin' })
  .dedupe({ by: { field: 'row' }, window: { time: '1d' } })
  .reorder({ by: 'event-time', order: (r) => r.value.row })
  .join(airports, { kind: 'inner' }, (flight, { city, state }) => ({ ...flight, city, state }))
  .to(topic('flights', { key: serde.text, value: serde.json() }));
