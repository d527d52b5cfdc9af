/**
 * AlterConfigs: v0–v2. Replaces everything that was set on a resource; kept for clients that know nothing newer.
 */
import { alterConfigsApi, errorCode, KafkaError } from '../../protocol/index.ts';
import { findResource, replaceAll } from '../config-resource.ts';
import { handler } from '../handler.ts';

export const alterConfigs = handler(
  alterConfigsApi,
  [0, 2],
  ['image', 'identity', 'controller', 'configs'],
  async (broker, request) => {
    const seen = new Set<string>();
    const responses = request.resources.map(({ resourceType, resourceName, configs }) => {
      try {
        const key = `${resourceType}:${resourceName}`;
        if (seen.has(key))
          throw new KafkaError('INVALID_REQUEST', `'${resourceName}' is in the request twice`);
        seen.add(key);
        const records = replaceAll(broker, findResource(broker, resourceType, resourceName), configs);
        if (!request.validateOnly) void broker.controller.commit(records); // waited for below
        return { errorCode: 0, errorMessage: null, resourceType, resourceName };
      } catch (error) {
        return {
          errorCode: errorCode(error),
          errorMessage: (error as KafkaError).explanation,
          resourceType,
          resourceName,
        };
      }
    });
    await broker.controller.settled();
    return { responses };
  },
);
