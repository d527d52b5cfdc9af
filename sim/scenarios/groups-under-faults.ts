/**
 * groups under faults: members that join, commit, leave and vanish, while the coordinator is killed in every state. Once
 * healed, every group must settle, and the committed offsets be what was acknowledged. One scenario for classic groups, one
 * for consumer groups (KIP-848) and for groups in which members of both protocols meet.
 */
import type { Random } from '../../src/env/index.ts';
import { type DirectedFault, Simulation } from '../../src/env/sim/index.ts';
import { makeCheckers } from '../checkers/index.ts';
import { converge } from '../checkers/liveness.ts';
import { unsettled } from '../checkers/rebalances.ts';
import { Link, type Patience } from '../client/bootstrap.ts';
import { fetchCommitted } from '../client/committed.ts';
import { ConsumerMember, type ConsumerMemberOptions } from '../client/consumer-member.ts';
import { Member, type MemberOptions } from '../client/member.ts';
import { ensureTopic, type TopicRef } from '../client/topics.ts';
import type { GroupFacts, GroupKind } from '../history/group-facts.ts';
import { History } from '../history/history.ts';
import { BrokerProcess } from '../world/broker-process.ts';
import { Nemesis } from '../world/nemesis.ts';
import { drawSwarm, type Swarm } from '../world/swarm.ts';
import { healed, lookTwice, type Outcome, outcomeOf } from './scenario.ts';

const CONSUMER_SESSION_MS = 2_000;
const CONSUMER_SETTINGS = [
  ['group.consumer.session.timeout.ms', String(CONSUMER_SESSION_MS)],
  ['group.consumer.min.session.timeout.ms', '100'],
  ['group.consumer.heartbeat.interval.ms', '150'],
  ['group.consumer.min.heartbeat.interval.ms', '50'],
  ['group.consumer.migration.policy', 'bidirectional'],
] as const;

export function groupsUnderFaults(seed: number, directed?: DirectedFault): Promise<Outcome> {
  return run(seed, ['classic'], directed);
}

export function consumerGroupsUnderFaults(seed: number, directed?: DirectedFault): Promise<Outcome> {
  return run(seed, ['consumer', 'consumer', 'mixed'], directed);
}

async function run(
  seed: number,
  kinds: readonly GroupKind[],
  directed: DirectedFault | undefined,
): Promise<Outcome> {
  const sim = new Simulation(seed);
  const random = sim.random.fork('scenario');
  // One seed in four has nothing but stalls and jumping clocks, which nobody may suffer from.
  const isQuiet = random.below(4) === 0;
  const drawn = isQuiet ? quiet(drawSwarm(random, ['stalls', 'clock jumps'])) : drawSwarm(random);
  const swarm = { ...drawn, settings: new Map([...drawn.settings, ...CONSUMER_SETTINGS]) };
  const process = new BrokerProcess(sim, swarm, directed);
  const history = new History(makeCheckers, (violation) => sim.fail(violation));
  history.watch(sim, process);
  await sim.run(async () => {
    await process.ready();
    const env = sim.machine('clients').boot();
    const patience: Patience = { requestTimeoutMs: isQuiet ? 20_000 : 400 + random.below(1_500) };
    const link = (name: string) => new Link(env, name, patience);
    const watch = (running: Promise<void>) => running.catch((error: unknown) => sim.fail(error));
    const topic = await ensureTopic(link('admin'), 'work', 1 + random.below(6), {});
    const groups = Array.from({ length: 1 + random.below(2) }, (_, g) => {
      const kind = kinds.length === 1 ? kinds[0]! : kinds[random.below(kinds.length)]!;
      const group = history.group(`g${g}`, kind, random.below(2) === 0);
      const members = Array.from({ length: 1 + random.below(4) }, (_member, m) => {
        const name = `m${g}${m}`;
        const parts = [link(name), history, random.fork(name), group, topic] as const;
        const isClassic = kind === 'classic' || (kind === 'mixed' && m % 2 === 0);
        return isClassic
          ? new Member(...parts, drawMember(random, name, group))
          : new ConsumerMember(...parts, { ...drawConsumerMember(random, name, group), watch });
      });
      return { group, members };
    });
    for (const { members } of groups) for (const member of members) void watch(member.run());
    const nemesis = new Nemesis(sim, process, swarm);
    void watch(nemesis.run());
    await sim.clock.sleep(swarm.safetyMs * 2);
    await healed(nemesis, process, patience);
    for (const { members } of groups) for (const member of members) member.settle();
    await converge(sim, history, () =>
      groups.map(({ group, members }) => unsettled(group, members, topic.partitions)).join(''),
    );
    for (const { members } of groups) for (const member of members) member.stop();
    await lookTwice(process, (name) => readBack(link(name), history, groups, topic));
    sim.trace(`committed ${history.acknowledgements}`);
  });
  return outcomeOf(sim, process, history);
}

function drawMember(random: Random, name: string, { isRestless }: GroupFacts): MemberOptions {
  return {
    name,
    sessionTimeoutMs: 1_600 + random.below(1_000),
    heartbeatMs: 100 + random.below(100),
    instanceId: random.below(4) === 0 ? name : null,
    restlessness: isRestless ? 0.05 : 0,
  };
}

function drawConsumerMember(random: Random, name: string, { isRestless }: GroupFacts): ConsumerMemberOptions {
  return {
    name,
    version: random.below(4) === 0 ? 0 : 1,
    sessionTimeoutMs: CONSUMER_SESSION_MS,
    heartbeatMs: 100 + random.below(100),
    instanceId: random.below(4) === 0 ? name : null,
    assignor: ([null, 'uniform', 'range'] as const)[random.below(3)]!,
    restlessness: isRestless ? 0.05 : 0,
  };
}

/** Short stops that no session notices, and some that are longer than any session; with time to breathe in between. */
function quiet(swarm: Swarm): Swarm {
  const stallMs = { short: 100, long: [3_000, 9_000] } as const;
  return { ...swarm, faults: new Set(['stalls', 'clock jumps']), stallMs, actEveryMs: 500, safetyMs: 5_000 };
}

async function readBack(
  link: Link,
  history: History,
  groups: readonly { readonly group: GroupFacts }[],
  topic: TopicRef,
): Promise<void> {
  for (const { group } of groups)
    while (!(await link.ask((connection) => fetchCommitted(link, history, group, topic, connection))))
      await link.pause();
}
