/** Broker settings: the whole table, out of its parts, and the check of changes to a running broker. */
import { gregorSettings } from './broker/gregor.ts';
import { brokerGroupSettings } from './broker/groups.ts';
import { logSettings } from './broker/log.ts';
import { networkSettings } from './broker/network.ts';
import { replicationSettings } from './broker/replication.ts';
import type { ConfigOf, Settings } from './setting.ts';
import { findSetting, InvalidSetting, parseTexts, type SettingText } from './settings.ts';

export const brokerSettings = {
  ...networkSettings,
  ...logSettings,
  ...brokerGroupSettings,
  ...replicationSettings,
  ...gregorSettings,
} as const satisfies Settings;

export type BrokerConfig = ConfigOf<typeof brokerSettings>;

/** Checks what a client wants to change on one broker, or (cluster-wide) on all of them. Throws `InvalidSetting`. */
export function parseBrokerConfigs(
  texts: Iterable<SettingText>,
  scope: 'per-broker' | 'cluster-wide',
): Map<string, string> {
  const checked = parseTexts(brokerSettings, 'broker', texts);
  for (const name of checked.keys()) {
    const mutability = findSetting(brokerSettings, name)!.mutability;
    if (mutability === 'read-only')
      throw new InvalidSetting(name, `${name} can be set only at the start: gregor start --set ${name}=...`);
    if (scope === 'cluster-wide' && mutability === 'per-broker')
      throw new InvalidSetting(name, `${name} belongs to one broker: name its id, not the cluster's default`);
  }
  return checked;
}
