/**
 * DescribeConfigs: v1-v4. Settings of topics, of this broker, of groups: value, where it comes from, what it does.
 */
import { type DescribeConfigsRequest, describeConfigsApi } from '../../protocol/index.ts';
import type { Broker } from '../broker.ts';
import { findResource, type FoundResource, refusedResource } from '../config-resource.ts';
import { firsts } from '../duplicates.ts';
import { handler } from '../handler.ts';

type Asked = DescribeConfigsRequest['resources'][number];
type Needs = 'image' | 'identity' | 'configs';
/** Resources that are described before others get a turn: some milliseconds. */
const RESOURCES_IN_A_ROW = 50;

export const describeConfigs = handler(
  describeConfigsApi,
  [1, 4],
  ['clock', 'image', 'identity', 'configs', 'controller'],
  async (broker, request) => {
    const results: ReturnType<typeof describe>[] = [];
    const isFirst = firsts();
    const asked = request.resources.filter(
      (one) => !isOfAll(one) || isFirst(`${one.resourceType} ${one.resourceName}`),
    );
    for (const resource of asked) {
      if (results.length % RESOURCES_IN_A_ROW === RESOURCES_IN_A_ROW - 1) await broker.clock.turn();
      results.push(describe(broker, request, resource));
    }
    await broker.controller.settled();
    return { results };
  },
);

function describe(
  broker: Pick<Broker, Needs>,
  { includeSynonyms, includeDocumentation }: DescribeConfigsRequest,
  { resourceType, resourceName, configurationKeys }: Asked,
) {
  try {
    const resource = findResource(broker, resourceType, resourceName);
    const wanted = new Set(configurationKeys);
    const configs = settingsOf(broker, resource)
      .filter(({ name }) => wanted.size === 0 || wanted.has(name))
      .map((setting) => ({
        name: setting.name,
        value: setting.value,
        readOnly: setting.isReadOnly,
        configSource: setting.source,
        isSensitive: setting.isSensitive,
        synonyms: includeSynonyms ? setting.synonyms : [],
        configType: setting.type,
        documentation: includeDocumentation ? setting.documentation : null,
      }));
    return { errorCode: 0, errorMessage: null, resourceType, resourceName, configs };
  } catch (error) {
    return { ...refusedResource(error, { resourceType, resourceName }), configs: [] };
  }
}

/** Some clients send an empty list for all, as Kafka takes it. */
function isOfAll({ configurationKeys }: Asked): boolean {
  return configurationKeys === null || configurationKeys.length === 0;
}

function settingsOf(broker: Pick<Broker, 'configs'>, resource: FoundResource) {
  if (resource.kind === 'topic') return broker.configs.describeTopic(resource.overrides);
  return resource.kind === 'broker'
    ? broker.configs.describeBroker(resource.name)
    : broker.configs.describeGroup(resource.name);
}
