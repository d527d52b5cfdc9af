/**
 * Produce: v3–v13 (advertised from v0, KAFKA-18659).
 *
 * Behaviour: every partition gets its offset in this turn; the answer leaves when all frames are durable, so acks=1 and
 * acks=all are the same promise. acks=0 has no answer; an error closes the connection, so that the client notices.
 * Version notes: v9 flexible; v10 current leader in the answer (KIP-951); v12 a batch
 * adds its partition to the transaction (KIP-890); v13 topics by id (KIP-516).
 */
import {
  codecOf,
  errorCode,
  KafkaError,
  type ProduceRequest,
  produceApi,
  RecordBatch,
  RecordsRefused,
} from '../../protocol/index.ts';
import { type Appended, durable } from '../../partition/index.ts';
import type { Broker } from '../broker.ts';
import { handler, type RequestContext } from '../handler.ts';
import { type BatchVerdict, judgeTransaction } from '../transactional-batches.ts';

type Needs = 'clock' | 'image' | 'partitions' | 'events';
type TransactionNeeds = 'transactions' | 'configs';
type TopicData = ProduceRequest['topicData'][number];
type PartitionData = TopicData['partitionData'][number];
const ZSTD = 4;
const ZSTD_SINCE = 7;
const TOPIC_IDS_SINCE = 13;
/** The epoch rises with every transaction (KIP-890). */
const EPOCH_RISES_SINCE = 12;

/** One partition's outcome, known in the turn of the request; durable later. */
interface Outcome {
  readonly index: number;
  readonly appended: Appended | undefined;
  readonly logStartOffset: number;
  readonly error: KafkaError | undefined;
}

export const produce = handler(
  produceApi,
  [3, 13],
  ['clock', 'image', 'partitions', 'events', 'transactions', 'configs'],
  (broker, request, context) => {
    const now = broker.clock.now();
    let verdict: BatchVerdict | undefined;
    try {
      verdict = verdictOn(broker, request, context.version);
    } catch (error) {
      if (request.acks === 0) throw error;
      return refuse(request, error);
    }
    const topics = request.topicData.map((topic) => ({
      name: topic.name,
      topicId: topic.topicId,
      outcomes: topic.partitionData.map((data) =>
        append(broker, request.acks, topic, data, now, context, verdict),
      ),
    }));
    if (request.acks === 0) return unanswered(topics.flatMap((topic) => topic.outcomes));
    const answer = () => ({
      responses: topics.map(({ name, topicId, outcomes }) => ({
        name,
        topicId,
        partitionResponses: outcomes.map(partitionAnswer),
      })),
    });
    const frames = durable(
      topics.flatMap(({ outcomes }) => outcomes.map((outcome) => outcome.appended?.frame)),
    );
    if (frames === undefined) return answer();
    return frames.then(answer, (error: unknown) => refuse(request, error));
  },
  {
    advertisedMinVersion: 0,
    refuse: (request, name) => refuse(request, new KafkaError(name)),
  },
);

function topicOf({ image }: Pick<Broker, 'image'>, { name, topicId }: TopicData, version: number) {
  return version >= TOPIC_IDS_SINCE ? image.findById(topicId) : image.find(name);
}

function verdictOn(
  broker: Pick<Broker, Needs | TransactionNeeds>,
  request: ProduceRequest,
  version: number,
): BatchVerdict | undefined {
  return judgeTransaction(broker, request, version, (topic, index) => {
    const found = topicOf(broker, topic, version);
    const exists = found !== undefined && broker.partitions.find(found.id, index) !== undefined;
    return exists ? found.name : undefined;
  });
}

function append(
  broker: Pick<Broker, Needs>,
  acks: number,
  topic: TopicData,
  data: PartitionData,
  now: number,
  context: RequestContext,
  verdict: BatchVerdict | undefined,
): Outcome {
  const byId = context.version >= TOPIC_IDS_SINCE;
  const found = topicOf(broker, topic, context.version);
  const partition = found === undefined ? undefined : broker.partitions.find(found.id, data.index);
  try {
    if (acks < -1 || acks > 1)
      throw new KafkaError('INVALID_REQUIRED_ACKS', `acks=${acks}: only 0, 1 and -1 (all) exist`);
    if (found === undefined || partition === undefined)
      throw new KafkaError(byId && found === undefined ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION');
    if (found.isInternal && context.clientId !== '__admin_client')
      throw new KafkaError('INVALID_TOPIC_EXCEPTION', `${found.name} is written by the broker alone`);
    if (data.records === null || data.records.length === 0)
      throw new KafkaError('INVALID_RECORD', 'no batch in the request');
    if (context.version < ZSTD_SINCE && codecOf(data.records) === ZSTD)
      throw new KafkaError(
        'UNSUPPORTED_COMPRESSION_TYPE',
        `zstd needs Produce v${ZSTD_SINCE} or newer (KIP-110)`,
      );
    const refused = verdict?.(found.name, data.index);
    if (refused !== undefined && RecordBatch.isTransactionalAt(data.records)) throw refused;
    const beginsAtZero = context.version >= EPOCH_RISES_SINCE;
    const appended = partition.append(data.records, now, { given: context.ownsBytes, beginsAtZero });
    return { index: data.index, appended, logStartOffset: partition.logStartOffset, error: undefined };
  } catch (error) {
    errorCode(error); // anything but an operating error flies on
    return { index: data.index, appended: undefined, logStartOffset: -1, error: error as KafkaError };
  }
}

function partitionAnswer({ index, appended, logStartOffset, error }: Outcome) {
  if (appended === undefined) return failed(index, error!);
  const { baseOffset, logAppendTimeMs } = appended;
  return { index, errorCode: 0, baseOffset, logAppendTimeMs, logStartOffset };
}

function failed(index: number, error: KafkaError) {
  return {
    index,
    errorCode: error.code,
    baseOffset: -1,
    logAppendTimeMs: -1,
    logStartOffset: -1,
    recordErrors: recordErrors(error),
    errorMessage: error.explanation,
  };
}

function recordErrors(error: KafkaError) {
  if (!(error instanceof RecordsRefused)) return [];
  return error.records.map(({ index: batchIndex, why: batchIndexErrorMessage }) => ({
    batchIndex,
    batchIndexErrorMessage,
  }));
}

function refuse(request: ProduceRequest, error: unknown) {
  errorCode(error);
  return {
    responses: request.topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => failed(index, error as KafkaError)),
    })),
  };
}

/** acks=0: silence, unless something was refused: then the client shall notice by the closed connection. */
function unanswered(outcomes: readonly Outcome[]): null {
  const refused = outcomes.find((outcome) => outcome.error !== undefined);
  if (refused !== undefined) throw refused.error;
  return null;
}
