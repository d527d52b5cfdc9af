/**
 * Environment names: settings under the names that Kafka's container image reads, so that its compose files work here.
 *
 *   KAFKA_ADVERTISED_LISTENERS -> advertised.listeners        _ is a dot, __ is _, ___ is -
 *   GREGOR_FLUSH               -> gregor.flush                only where such a setting exists
 */
import { brokerSettings } from './broker-settings.ts';
import { findSetting } from './settings.ts';

/** Names of the image that are about Java or the image itself. */
const NOT_SETTINGS =
  /^KAFKA_(VERSION|HOME|HEAP_OPTS|OPTS|JVM_PERFORMANCE_OPTS|GC_LOG_OPTS|DEBUG|JMX_.*|LOG4J_.*|TOOLS_LOG4J_.*|CLUSTER_ID)$/;

export function settingsFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Map<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    if (name.startsWith('KAFKA_') && !NOT_SETTINGS.test(name))
      settings.set(settingName(name.slice(6)), value);
    else if (name.startsWith('GREGOR_') && findSetting(brokerSettings, settingName(name)) !== undefined)
      settings.set(settingName(name), value);
  }
  return settings;
}

function settingName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/_{1,3}/g, (run) => (run.length === 1 ? '.' : run.length === 2 ? '_' : '-'));
}
