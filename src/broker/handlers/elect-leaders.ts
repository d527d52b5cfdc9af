/**
 * ElectLeaders: v0-v2.
 *
 * Behaviour: this broker leads every partition already. Who names partitions hears for each that no election is needed; who
 *   asks for all of them hears each topic's name with the partitions that needed one: none.
 */
import { electLeadersApi, KafkaError } from '../../protocol/index.ts';
import { handler } from '../handler.ts';

const UNCLEAN = 1;

export const electLeaders = handler(
  electLeadersApi,
  [0, 2],
  ['image'],
  (broker, { electionType, topicPartitions }) => {
    const refusal =
      electionType < 0 || electionType > UNCLEAN
        ? new KafkaError('INVALID_REQUEST', `election type ${electionType}: 0 preferred, 1 unclean`)
        : undefined;
    const asked =
      topicPartitions ?? [...broker.image.topics].map(({ name }) => ({ topic: name, partitions: [] }));
    return {
      errorCode: refusal?.code ?? 0,
      replicaElectionResults: asked.map(({ topic: name, partitions }) => {
        const partitionCount = broker.image.find(name)?.partitionCount ?? 0;
        return {
          topic: name,
          partitionResult: partitions.map((partitionId) => {
            const isHere = partitionId >= 0 && partitionId < partitionCount;
            const error =
              refusal ?? new KafkaError(isHere ? 'ELECTION_NOT_NEEDED' : 'UNKNOWN_TOPIC_OR_PARTITION');
            return { partitionId, errorCode: error.code, errorMessage: error.explanation };
          }),
        };
      }),
    };
  },
);
