/** Whether a server that was started serves: it is asked every millisecond from the moment that its process is spawned. */
import { encodeBatch, produceApi } from '../src/protocol/index.ts';
import { WireClient } from '../test/wire/wire-client.ts';

const KNOCK_MS = 1;
const GIVE_UP_MS = 600_000;
const TIMEOUT_MS = 60_000;

/** Tries until one record is acknowledged: nobody listens yet, or the broker does not know its topics yet. */
export async function firstAcknowledged(port: number, topic: string): Promise<void> {
  const deadline = performance.now() + GIVE_UP_MS;
  while (performance.now() < deadline) {
    const client = await WireClient.connect(port).catch(() => undefined);
    if (client !== undefined && (await produceOne(client, topic))) return;
    await new Promise((resolve) => setTimeout(resolve, KNOCK_MS));
  }
  throw new Error(`no record was acknowledged within ${GIVE_UP_MS} ms`);
}

async function produceOne(client: WireClient, name: string): Promise<boolean> {
  const records = encodeBatch({
    records: [{ key: null, value: Buffer.from('first'), headers: [], timestamp: Date.now() }],
  });
  try {
    const answer = await client.send(produceApi, 9, {
      acks: -1,
      timeoutMs: TIMEOUT_MS,
      topicData: [{ name, partitionData: [{ index: 0, records }] }],
    });
    return answer.responses[0]!.partitionResponses[0]!.errorCode === 0;
  } catch {
    return false; // closed before it served
  } finally {
    client.close();
  }
}
