/**
 * DescribeAcls, CreateAcls, DeleteAcls: v1-v3. No authorizer is configured: SECURITY_DISABLED, as Kafka answers.
 */
import { createAclsApi, deleteAclsApi, describeAclsApi, KafkaError } from '../../protocol/index.ts';
import { handler } from '../handler.ts';

const { code: errorCode, explanation: errorMessage } = new KafkaError(
  'SECURITY_DISABLED',
  'no authorizer is configured on the broker',
);

export const describeAcls = handler(describeAclsApi, [1, 3], [], () => ({
  errorCode,
  errorMessage,
  resources: [],
}));

export const createAcls = handler(createAclsApi, [1, 3], [], (_broker, request) => ({
  results: request.creations.map(() => ({ errorCode, errorMessage })),
}));

export const deleteAcls = handler(deleteAclsApi, [1, 3], [], (_broker, request) => ({
  filterResults: request.filters.map(() => ({ errorCode, errorMessage, matchingAcls: [] })),
}));
