/** The scenarios, by name: each runs one seed and throws with the violation. */
import { appendCrashRecover } from './append-crash-recover.ts';
import { brokerUnderFaults } from './broker-under-faults.ts';
import { checksUnderFaults } from './checks-under-faults.ts';
import { cleanupUnderFaults } from './cleanup-under-faults.ts';
import { dedupeUnderFaults } from './dedupe-under-faults.ts';
import { diskDamage } from './disk-damage.ts';
import { consumerGroupsUnderFaults, groupsUnderFaults } from './groups-under-faults.ts';
import { pipelinesUnderFaults } from './pipelines-under-faults.ts';
import { transactionsUnderFaults } from './transactions-under-faults.ts';
import type { Outcome, Scenario } from './scenario.ts';

export type { Outcome, Scenario };

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'append-crash-recover': appendCrashRecover,
  'broker-under-faults': brokerUnderFaults,
  'cleanup-under-faults': cleanupUnderFaults,
  'groups-under-faults': groupsUnderFaults,
  'consumer-groups-under-faults': consumerGroupsUnderFaults,
  'transactions-under-faults': transactionsUnderFaults,
  'pipelines-under-faults': pipelinesUnderFaults,
  'dedupe-under-faults': dedupeUnderFaults,
  'checks-under-faults': checksUnderFaults,
  'disk-damage': diskDamage,
};
