/** Describe: settings as DescribeConfigs tells them: value, source, synonyms, type, documentation. Secrets stay here. */
import { brokerSettings } from './broker-settings.ts';
import { clientMetricsSettings, groupSettings } from './group-settings.ts';
import type { Setting, Settings, SettingType } from './setting.ts';
import {
  BROKER_NAMES,
  type BrokerLayers,
  brokerText,
  CONFIG_SOURCE,
  type ConfigSource,
  inheritedText,
  type Synonym,
  synonymsOfBroker,
} from './synonyms.ts';
import { topicSettings } from './topic-settings.ts';

export interface DescribedSetting {
  readonly name: string;
  readonly value: string | null;
  readonly source: ConfigSource;
  readonly isDefault: boolean;
  readonly isSensitive: boolean;
  readonly isReadOnly: boolean;
  /** DescribeConfigs' number for the type. */
  readonly type: number;
  readonly documentation: string;
  /** The one that counts comes first. */
  readonly synonyms: readonly Synonym[];
}

const TYPE_CODES: Readonly<Record<SettingType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
};
const NO_EFFECT = 'Accepted and shown; nothing depends on it here.';

export function describeTopic(
  overrides: ReadonlyMap<string, string>,
  layers: BrokerLayers,
): DescribedSetting[] {
  return rowsOf(topicSettings, overrides).map(([name, setting]) => {
    const synonyms = synonymsOfBroker(BROKER_NAMES[name], layers);
    const own = overrides.get(name);
    if (own !== undefined) synonyms.unshift({ name, value: own, source: CONFIG_SOURCE.topic });
    return described(name, setting, own ?? inheritedText(name, layers) ?? setting.default, synonyms, false);
  });
}

export function describeBroker(layers: BrokerLayers): DescribedSetting[] {
  return rowsOf(brokerSettings).map(([name, setting]) => {
    const value = brokerText(name, layers) ?? setting.default;
    const synonyms = synonymsOfBroker(name, layers);
    return described(name, setting, value, synonyms, setting.mutability === 'read-only');
  });
}

/** The broker resource without a name: only what was changed for all brokers. */
export function describeBrokerDefaults(layers: BrokerLayers): DescribedSetting[] {
  return [...layers.dynamicDefault].flatMap(([name, value]) => {
    const setting = (brokerSettings as Settings)[name];
    const synonyms = [{ name, value, source: CONFIG_SOURCE.dynamicDefault }];
    return setting === undefined ? [] : [described(name, setting, value, synonyms, false)];
  });
}

export function describeGroup(
  overrides: ReadonlyMap<string, string>,
  layers: BrokerLayers,
): DescribedSetting[] {
  return rowsOf(groupSettings).map(([name, setting]) => {
    const own = overrides.get(name);
    const inherited = `group.${name}`;
    const synonyms = Object.hasOwn(brokerSettings, inherited) ? synonymsOfBroker(inherited, layers) : [];
    if (own !== undefined) synonyms.unshift({ name, value: own, source: CONFIG_SOURCE.group });
    return described(name, setting, own ?? brokerText(inherited, layers) ?? setting.default, synonyms, false);
  });
}

export function describeClientMetrics(overrides: ReadonlyMap<string, string>): DescribedSetting[] {
  return rowsOf(clientMetricsSettings).map(([name, setting]) => {
    const own = overrides.get(name);
    const synonyms = own === undefined ? [] : [{ name, value: own, source: CONFIG_SOURCE.clientMetrics }];
    return described(name, setting, own ?? setting.default, synonyms, false);
  });
}

function rowsOf(settings: Settings, set?: ReadonlyMap<string, string>): [string, Setting][] {
  return Object.entries(settings)
    .filter(([name, { isInternal }]) => !isInternal || set?.has(name) === true)
    .sort(([left], [right]) => (left < right ? -1 : 1));
}

function described(
  name: string,
  setting: Setting,
  value: string | null,
  synonyms: readonly Synonym[],
  isReadOnly: boolean,
): DescribedSetting {
  const isSensitive = setting.type === 'password';
  const source = synonyms[0]?.source ?? CONFIG_SOURCE.default;
  return {
    name,
    value: isSensitive ? null : value,
    source,
    isDefault: source === CONFIG_SOURCE.default,
    isSensitive,
    isReadOnly,
    type: TYPE_CODES[setting.type],
    documentation: setting.hasEffect ? setting.doc : `${setting.doc} ${NO_EFFECT}`,
    synonyms: isSensitive ? synonyms.map((synonym) => ({ ...synonym, value: null })) : synonyms,
  };
}
