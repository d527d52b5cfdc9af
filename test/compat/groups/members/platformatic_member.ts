/** A group member that tells what it does as JSON lines: @platformatic/kafka, every protocol that it has. */
import { Consumer, type ConsumerOptions, stringDeserializers } from '@platformatic/kafka';

type Options = ConsumerOptions<string, string, string, string>;

const [bootstrap, topic, groupId, protocol, instance] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
const LOOK_EVERY_MS = 20;

function tell(event: string, fields: object = {}): void {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
}

const consumer = new Consumer({
  clientId: `member-${process.pid}`,
  groupId,
  bootstrapBrokers: [bootstrap],
  deserializers: stringDeserializers,
  sessionTimeout: 6_000,
  heartbeatInterval: 500,
  rebalanceTimeout: 10_000,
  // It fails on a partition that is younger than what it knows of the topic, when that is given to it by the broker.
  metadataMaxAge: protocol === 'consumer' ? 0 : 1_000,
  maxWaitTime: 200,
  ...(instance === '' ? {} : { groupInstanceId: instance }),
  ...(protocol === 'consumer' ? { groupProtocol: 'consumer' } : {}),
  ...(protocol === 'cooperative' ? { protocols: [{ name: 'cooperative-sticky', version: 2 }] } : {}),
} as Options);
consumer.on('error', () => {}); // tries again by itself

/** It tells of rebalances, but not what was taken and given: that is seen in what it holds. */
let owned: string[] = [];
function look(): void {
  const now = (consumer.assignments ?? []).flatMap(({ topic: name, partitions }) =>
    partitions.map((partition) => `${name}/${partition}`),
  );
  const taken = owned.filter((one) => !now.includes(one));
  const given = now.filter((one) => !owned.includes(one));
  owned = now;
  if (taken.length > 0) tell('revoked', { partitions: taken });
  if (given.length > 0) tell('assigned', { partitions: given });
}

const stream = await consumer.consume({
  topics: [topic],
  mode: 'committed',
  fallbackMode: 'earliest',
  autocommit: false,
});
const looking = setInterval(look, LOOK_EVERY_MS);
process.once('SIGTERM', async () => {
  clearInterval(looking);
  look();
  await consumer.close(true);
  if (owned.length > 0) tell('revoked', { partitions: owned });
  tell('closed');
  process.exit(0);
});
for await (const { topic: name, partition, offset, commit } of stream) {
  look();
  // In the eager protocol it also hands out what it had fetched of partitions that are another's by now.
  if (!owned.includes(`${name}/${partition}`)) continue;
  tell('record', { partition: `${name}/${partition}`, offset: Number(offset) });
  try {
    await commit();
  } catch {
    tell('commit-failed');
  }
}
