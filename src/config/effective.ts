/** Effective configs: typed values out of the texts of all layers. Rooms get these, never the tables. */
import { type BrokerConfig, brokerSettings } from './broker-settings.ts';
import { type GroupConfig, groupSettings } from './group-settings.ts';
import { findSetting, valuesOf } from './settings.ts';
import { type BrokerLayers, brokerText, inheritedText } from './synonyms.ts';
import { type TopicConfig, topicSettings } from './topic-settings.ts';

/** Nothing was set anywhere. */
export const NO_LAYERS: BrokerLayers = {
  dynamicBroker: new Map(),
  dynamicDefault: new Map(),
  static: new Map(),
};

export function effectiveTopicConfig(
  overrides: ReadonlyMap<string, string>,
  layers: BrokerLayers = NO_LAYERS,
): TopicConfig {
  return valuesOf(topicSettings, (name) => overrides.get(name) ?? inheritedText(name, layers));
}

/** What a topic has whose own settings are `overrides`, where one without any has `inherited`. */
export function overriddenTopicConfig(
  inherited: TopicConfig,
  overrides: ReadonlyMap<string, string>,
): TopicConfig {
  if (overrides.size === 0) return inherited;
  const own = [...overrides].flatMap(([name, text]) => {
    const setting = findSetting(topicSettings, name);
    return setting === undefined ? [] : [[name, setting.parse(text.trim())]];
  });
  return { ...inherited, ...(Object.fromEntries(own) as Partial<TopicConfig>) };
}

export function effectiveBrokerConfig(layers: BrokerLayers = NO_LAYERS): BrokerConfig {
  return valuesOf(brokerSettings, (name) => brokerText(name, layers));
}

export function effectiveGroupConfig(
  overrides: ReadonlyMap<string, string>,
  layers: BrokerLayers = NO_LAYERS,
): GroupConfig {
  return valuesOf(groupSettings, (name) => overrides.get(name) ?? brokerText(`group.${name}`, layers));
}
