/** The door of config: settings tables, typed values out of them, and where their texts come from. Pure. */
export { ALTER_OPERATIONS, type Alteration, type AlterOperation, alterTexts } from './alter.ts';
export { type BrokerConfig, brokerSettings, parseBrokerConfigs } from './broker-settings.ts';
export {
  type DescribedSetting,
  describeBroker,
  describeBrokerDefaults,
  describeClientMetrics,
  describeGroup,
  describeTopic,
} from './describe.ts';
export { DEFAULT_FOLDER, foreignNames } from './data-folder.ts';
export { checkGroupBounds } from './group-bounds.ts';
export {
  effectiveBrokerConfig,
  effectiveGroupConfig,
  effectiveTopicConfig,
  overriddenTopicConfig,
  NO_LAYERS,
} from './effective.ts';
export {
  clientMetricsSettings,
  type GroupConfig,
  groupSettings,
  parseGroupConfigs,
} from './group-settings.ts';
export * from './limits.ts';
export { type ConfigOf, LONG_MAX, type Setting, type Settings } from './setting.ts';
export { findSetting, InvalidSetting, nearestName, parseSetting, type SettingText } from './settings.ts';
export { type BrokerLayers, brokerText, CONFIG_SOURCE, type ConfigSource, type Synonym } from './synonyms.ts';
export { parseTopicConfigs, type TopicConfig, topicSettings } from './topic-settings.ts';
export { settingsFromEnvironment } from './environment-names.ts';
export {
  hostText,
  isLoopback,
  isWildcard,
  type Listener,
  parseHostPort,
  parseListeners,
} from './listeners.ts';
export { parseProperties } from './properties.ts';
