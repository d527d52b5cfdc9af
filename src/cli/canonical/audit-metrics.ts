/** AuditMetrics: how an audit stands, as text that Prometheus reads, on a port: /metrics. */
import { createServer, type Server } from 'node:http';
import type { Tally } from './tally.ts';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Rejects when the port is taken. The server keeps no program alive. */
export function serveMetrics(port: number, topic: string, tally: Tally): Promise<Server> {
  const server = createServer((request, response) => {
    const isThere = request.url === '/metrics' || request.url === '/';
    response.writeHead(isThere ? 200 : 404, { 'content-type': CONTENT_TYPE });
    response.end(isThere ? metricsText(topic, tally) : 'The metrics are at /metrics\n');
  });
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => resolve(server));
  });
}

export function metricsText(topic: string, tally: Tally): string {
  const { records, lossless, losslessRatio, missing } = tally.fact(topic);
  const of = (labels: Readonly<Record<string, string | number>> = {}) =>
    `{${Object.entries({ topic, ...labels })
      .map(([name, value]) => `${name}="${escaped(String(value))}"`)
      .join(',')}}`;
  const last = tally.lastFailure;
  const failure =
    last === undefined ? [] : [`${of({ partition: last.partition, reason: last.reason })} ${last.offset}`];
  const families: readonly [name: string, type: string, help: string, samples: readonly string[]][] = [
    [
      'records_checked_total',
      'counter',
      'Records that were turned back and compared.',
      [`${of()} ${records}`],
    ],
    ['records_lossless_total', 'counter', 'Of these, what came back byte for byte.', [`${of()} ${lossless}`]],
    [
      'lossless_ratio',
      'gauge',
      'lossless / checked; 1 while nothing was checked.',
      [`${of()} ${losslessRatio}`],
    ],
    [
      'records_missing_total',
      'counter',
      'Records that did not come back, by reason.',
      missing.map(({ reason, count }) => `${of({ reason })} ${count}`),
    ],
    [
      'last_failure_timestamp_seconds',
      'gauge',
      'When the last record that did not come back was seen; 0: none was.',
      [`${of()} ${last === undefined ? 0 : last.atMs / 1000}`],
    ],
    ['last_failure_offset', 'gauge', 'Where the last one lies, and why it did not come back.', failure],
  ];
  return families
    .filter(([, , , samples]) => samples.length > 0)
    .map(([name, type, help, samples]) => {
      const full = `gregor_canonical_${name}`;
      return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${samples.map((sample) => `${full}${sample}\n`).join('')}`;
    })
    .join('');
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
