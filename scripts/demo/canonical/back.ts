/**
 * Turns the records of one partition back and hashes the raw values, one record at a time: nothing is kept.
 *
 *   node back.ts BOOTSTRAP TOPIC PARTITION
 *
 * Prints a line of JSON: how many, the SHA-256 of all raw values with a line feed behind each, processor seconds, and what was seen.
 */
import { createHash } from 'node:crypto';
import { Complements } from '../../../src/cli/canonical/complements.ts';
import { publishedDefinitions } from '../../../src/cli/canonical/registry.ts';
import { WayBack } from '../../../src/cli/canonical/way-back.ts';
import { NO_GROUP } from '../../../src/cli/client/groups.ts';
import { LogReader } from '../../../src/cli/client/log-reader.ts';
import { endsOf } from '../../../src/cli/client/positions.ts';
import { withConsumer } from '../../../src/cli/client/session.ts';

const [bootstrap, topic, place] = process.argv.slice(2) as [string, string, string];
const partition = Number(place);
const hash = createHash('sha256');
const seen = { count: 0, bytes: 0, complements: 0, missing: '', raw: '', canonical: '' };

await withConsumer({ bootstrap, timeout: '30' }, 'the demo', { groupId: NO_GROUP }, async (consumer) => {
  const wayBack = new WayBack(await publishedDefinitions(consumer), new Complements(consumer));
  const end = (await endsOf(consumer, topic, [partition])).get(partition)!;
  const reader = new LogReader(consumer, topic, new Map([[partition, 0n]]));
  for await (const { records, next } of reader.steps()) {
    for (const record of records) {
      const found = wayBack.of(record);
      const { raw, missing } = found instanceof Promise ? await found : found;
      seen.missing ||= missing ?? '';
      if (raw?.value == null) continue;
      hash.update(raw.value).update('\n');
      seen.bytes += raw.value.length;
      if (record.headers.some(([name]) => name?.toString() === 'gregor-complement')) seen.complements++;
      if (seen.count++ === 0) {
        seen.raw = Buffer.from(raw.value).toString();
        seen.canonical = String(record.value);
      }
    }
    if (next >= end) break;
  }
  reader.stop();
});
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ ...seen, digest: hash.digest('hex'), cpuSeconds: (user + system) / 1e6 }));
