/** Bounds: what one group may set lies between what the broker allows for all (`group.consumer.min...`, `...max...`). */
import { effectiveBrokerConfig, effectiveGroupConfig } from './effective.ts';
import { InvalidSetting } from './settings.ts';
import type { BrokerLayers } from './synonyms.ts';

const BOUNDED = [
  {
    name: 'consumer.session.timeout.ms',
    min: 'group.consumer.min.session.timeout.ms',
    max: 'group.consumer.max.session.timeout.ms',
  },
  {
    name: 'consumer.heartbeat.interval.ms',
    min: 'group.consumer.min.heartbeat.interval.ms',
    max: 'group.consumer.max.heartbeat.interval.ms',
  },
] as const;

/** Throws `InvalidSetting`. What is not set on the group is the broker's own, and not asked about. */
export function checkGroupBounds(overrides: ReadonlyMap<string, string>, layers: BrokerLayers): void {
  const group = effectiveGroupConfig(overrides, layers);
  const broker = effectiveBrokerConfig(layers);
  for (const { name, min, max } of BOUNDED) {
    if (!overrides.has(name)) continue;
    if (group[name] < broker[min])
      throw new InvalidSetting(name, `${name} must be greater than or equal to ${min}=${broker[min]}`);
    if (group[name] > broker[max])
      throw new InvalidSetting(name, `${name} must be less than or equal to ${max}=${broker[max]}`);
  }
  const [session, heartbeat] = [
    group['consumer.session.timeout.ms'],
    group['consumer.heartbeat.interval.ms'],
  ];
  if (session <= heartbeat)
    throw new InvalidSetting(
      'consumer.session.timeout.ms',
      `consumer.session.timeout.ms (${session}) must be greater than consumer.heartbeat.interval.ms (${heartbeat})`,
    );
}
