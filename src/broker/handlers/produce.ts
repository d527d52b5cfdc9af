/**
 * Produce: v3-v13 (advertised from v0, KAFKA-18659).
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
import { type Appended, durable, oneFrame, type Partition } from '../../partition/index.ts';
import type { Broker } from '../broker.ts';
import { appendChecked, type CheckedBatch, withoutChecked } from '../checked-batches.ts';
import { handler, OnceDurable, type RequestContext } from '../handler.ts';
import { type BatchVerdict, judgeTransaction } from '../transactional-batches.ts';

type Needs = 'clock' | 'image' | 'partitions' | 'events' | 'controller' | 'random';
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
  ['clock', 'image', 'partitions', 'events', 'transactions', 'configs', 'controller', 'random'],
  (broker, request, context) => {
    const now = broker.clock.now();
    let verdict: BatchVerdict | undefined;
    if (request.topicData.some(isTransactional)) {
      try {
        verdict = verdictOn(broker, unchecked(broker, request, context.version), context.version);
      } catch (error) {
        if (request.acks === 0) throw error;
        return refuse(request, error);
      }
    }
    const topics = request.topicData.map((topic) =>
      topic.partitionData.map((data) => append(broker, request, topic, data, now, context, verdict)),
    );
    return topics.some((outcomes) => outcomes.some(isAwaited))
      ? answerLater(request, topics)
      : answer(request, topics as Outcome[][]);
  },
  {
    advertisedMinVersion: 0,
    refuse: (request, name) => refuse(request, new KafkaError(name)),
  },
);

function isTransactional({ partitionData }: TopicData): boolean {
  return partitionData.some(({ records }) => records !== null && RecordBatch.isTransactionalAt(records));
}

const isAwaited = (outcome: Outcome | Promise<Outcome>) => outcome instanceof Promise;
const frameOf = (outcome: Outcome) => outcome.appended?.frame;

async function answerLater(request: ProduceRequest, topics: (Outcome | Promise<Outcome>)[][]) {
  const ended = await Promise.all(topics.map((outcomes) => Promise.all(outcomes)));
  const answered = answer(request, ended);
  return answered instanceof OnceDurable ? answered.promise() : answered;
}

/** What is known of each partition becomes the answer, once it is durable. */
function answer(request: ProduceRequest, topics: readonly (readonly Outcome[])[]) {
  if (request.acks === 0) return unanswered(topics.flat());
  const say = () => ({
    responses: request.topicData.map(({ name, topicId }, n) => ({
      name,
      topicId,
      partitionResponses: topics[n]!.map(partitionAnswer),
    })),
  });
  const outcomes = topics.length === 1 ? topics[0]! : topics.flat();
  const frames = outcomes.map(frameOf);
  const frame = oneFrame(frames);
  if (frame === undefined) return say();
  if (frame === 'several') return durable(frames)!.then(say, (error: unknown) => refuse(request, error));
  return new OnceDurable(frame, (error) => (error === undefined ? say() : refuse(request, error)));
}

function topicOf({ image }: Pick<Broker, 'image'>, { name, topicId }: TopicData, version: number) {
  return version >= TOPIC_IDS_SINCE ? image.findById(topicId) : image.find(name);
}

function partitionOf(
  broker: Pick<Broker, 'image' | 'partitions'>,
  topic: TopicData,
  index: number,
  version: number,
): Partition | undefined {
  const found = topicOf(broker, topic, version);
  return found === undefined ? undefined : broker.partitions.find(found.id, index);
}

/** What waits for a check is judged when it enters. */
function unchecked(broker: Pick<Broker, Needs>, request: ProduceRequest, version: number): ProduceRequest {
  if (request.transactionalId === null) return request;
  return withoutChecked(request, (topic, index) => partitionOf(broker, topic, index, version));
}

function verdictOn(
  broker: Pick<Broker, Needs | TransactionNeeds>,
  request: ProduceRequest,
  version: number,
): BatchVerdict | undefined {
  return judgeTransaction(broker, request, version, (topic, index) =>
    partitionOf(broker, topic, index, version) === undefined
      ? undefined
      : topicOf(broker, topic, version)!.name,
  );
}

function append(
  broker: Pick<Broker, Needs | TransactionNeeds>,
  request: ProduceRequest,
  topic: TopicData,
  data: PartitionData,
  now: number,
  context: RequestContext,
  verdict: BatchVerdict | undefined,
): Outcome | Promise<Outcome> {
  const { acks } = request;
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
    const beginsAtZero = context.version >= EPOCH_RISES_SINCE;
    if (partition.isChecked)
      return appendLater(broker, request, topic, data, { partition, now, beginsAtZero }, context);
    const refused = verdict?.(found.name, data.index);
    if (refused !== undefined && RecordBatch.isTransactionalAt(data.records)) throw refused;
    const appended = partition.append(data.records, now, { given: context.ownsBytes, beginsAtZero });
    return succeeded(data.index, appended, partition);
  } catch (error) {
    return denied(data.index, error);
  }
}

/** A topic with a check: the outcome is known once that has ended. */
function appendLater(
  broker: Pick<Broker, Needs | TransactionNeeds>,
  request: ProduceRequest,
  topic: TopicData,
  { index, records }: PartitionData,
  place: Pick<CheckedBatch, 'partition' | 'now' | 'beginsAtZero'>,
  context: RequestContext,
): Promise<Outcome> {
  const mayEnter = (batch: RecordBatch) => {
    if (!batch.isTransactional) return;
    const asked = [{ ...topic, partitionData: [{ index, records: batch.bytes }] }];
    const verdict = verdictOn(broker, { ...request, topicData: asked }, context.version);
    const refused = verdict?.(topicOf(broker, topic, context.version)!.name, index);
    if (refused !== undefined) throw refused;
  };
  return appendChecked(broker, { ...place, records: records!, mayEnter }, context).then(
    (appended) => succeeded(index, appended, place.partition),
    (error: unknown) => denied(index, error),
  );
}

function succeeded(index: number, appended: Appended, { logStartOffset }: Partition): Outcome {
  return { index, appended, logStartOffset, error: undefined };
}

function denied(index: number, error: unknown): Outcome {
  errorCode(error); // anything but an operating error flies on
  return { index, appended: undefined, logStartOffset: -1, error: error as KafkaError };
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
