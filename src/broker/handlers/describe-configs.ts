/**
 * DescribeConfigs: v1–v4. Settings of topics, of this broker, of groups: value, where it comes from, what it does.
 */
import { describeConfigsApi, errorCode, KafkaError } from '../../protocol/index.ts';
import type { Broker } from '../broker.ts';
import { findResource, type FoundResource } from '../config-resource.ts';
import { handler } from '../handler.ts';

export const describeConfigs = handler(
  describeConfigsApi,
  [1, 4],
  ['image', 'identity', 'configs', 'controller'],
  async (broker, request) => {
    const results = request.resources.map(({ resourceType, resourceName, configurationKeys }) => {
      try {
        const resource = findResource(broker, resourceType, resourceName);
        // Some clients send an empty list for all, as Kafka takes it.
        const isAll = configurationKeys === null || configurationKeys.length === 0;
        const configs = settingsOf(broker, resource)
          .filter(({ name }) => isAll || configurationKeys.includes(name))
          .map((setting) => ({
            name: setting.name,
            value: setting.value,
            readOnly: setting.isReadOnly,
            configSource: setting.source,
            isSensitive: setting.isSensitive,
            synonyms: request.includeSynonyms ? setting.synonyms : [],
            configType: setting.type,
            documentation: request.includeDocumentation ? setting.documentation : null,
          }));
        return { errorCode: 0, errorMessage: null, resourceType, resourceName, configs };
      } catch (error) {
        return {
          errorCode: errorCode(error),
          errorMessage: (error as KafkaError).explanation,
          resourceType,
          resourceName,
          configs: [],
        };
      }
    });
    await broker.controller.settled();
    return { results };
  },
);

function settingsOf(broker: Pick<Broker, 'configs'>, resource: FoundResource) {
  if (resource.kind === 'topic') return broker.configs.describeTopic(resource.overrides);
  return resource.kind === 'broker'
    ? broker.configs.describeBroker(resource.name)
    : broker.configs.describeGroup(resource.name);
}
