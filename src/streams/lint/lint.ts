/**
 * lint: what in a plan will hurt, without running it. With facts of a broker it also knows topics and how long they keep.
 *
 *   partition-key  a step goes by what its records are not keyed by      no-key      the same, and no keyBy at all
 *   event-time     an order by event time that nobody defines            no-topic    an input that is not there
 *   dead-letter    nobody named the topic of dead letters                loss        records are left out, and no reason is given
 *   name           state is found again by a number                     retention   what is derived is kept longer than its source
 */
import type { StageNode } from '../plan/layout.ts';
import type { StepNode } from '../plan/node.ts';
import type { Pipeline } from '../plan/pipeline.ts';
import { siteOf } from '../plan/site.ts';
import { durationText } from '../time/duration.ts';
import type { Face, Facts, Finding } from './finding.ts';
import { keyFindings } from './keys.ts';

/** Errors first, then in the order of the plan. */
export function lint(pipeline: Pipeline, face: Face, facts?: Facts): Finding[] {
  const { stages } = pipeline.layout;
  const nodes = stages.flatMap((stage) => stage.nodes);
  const findings = [
    ...deadLetterFindings(pipeline, face),
    ...nodes.flatMap((one) => (one.role === 'enter' ? [] : nodeFindings(one, face, facts))),
    ...eventTimeFindings(nodes, face),
    ...(facts === undefined ? [] : topicFindings(pipeline, nodes, facts)),
  ];
  return findings.sort((a, b) => Number(b.level === 'error') - Number(a.level === 'error'));
}

function nodeFindings({ node, name, role }: StageNode, face: Face, facts: Facts | undefined): Finding[] {
  const at = { step: name, site: siteOf(node), level: 'warning' } as const;
  const findings: Finding[] = [];
  const isHop = node.kind === 'rekey' && role === 'leave';
  if (node.label === undefined && (isHop || (node.kind === 'step' && node.state !== undefined))) {
    const what = isHop ? 'its repartition topic and the state behind it are' : 'its state is';
    const reason = `${node.type} has no name: ${what} found by '${name}', which changes when a step before it comes or goes`;
    const fix = face === 'yaml' ? 'give it a name: as: …' : "give it a name: { as: '…' }";
    findings.push({ ...at, rule: 'name', reason, fix });
  }
  if (node.kind !== 'step') return findings;
  if (node.drops.length > 0 && node.because === undefined) {
    const reason = `${node.type} drops records (${node.drops.join(', ')}) and does not say why they may go`;
    const fix = face === 'yaml' ? 'say it: because: …' : "say it: { because: '…' }";
    findings.push({ ...at, rule: 'loss', reason, fix });
  }
  return [...findings, ...keyFindings(node, name, face, facts)];
}

function deadLetterFindings({ settings }: Pipeline, face: Face): Finding[] {
  if (settings.isDeadLetterNamed) return [];
  const { deadLetterTopic: topic } = settings;
  const reason = `nobody named the topic for records that cannot be processed: they go to ${topic}, which the pipeline makes`;
  const fix =
    face === 'yaml'
      ? `name one that somebody watches: deadLetter: ${topic}`
      : `name one that somebody watches: { deadLetter: '${topic}' }`;
  return [{ rule: 'dead-letter', level: 'warning', step: undefined, site: undefined, reason, fix }];
}

function eventTimeFindings(nodes: readonly StageNode[], face: Face): Finding[] {
  if (nodes.some(({ node }) => node.kind === 'step' && node.time !== undefined)) return [];
  return nodes
    .filter(
      (one): one is StageNode & { node: StepNode } => one.node.kind === 'step' && one.node.isByEventTime,
    )
    .map(({ node, name }) => ({
      rule: 'event-time',
      level: 'error',
      step: name,
      site: siteOf(node),
      reason: `${node.type} by event time, but nothing says what event time is: the times at which records were sent, with no disorder allowed for`,
      fix:
        face === 'yaml'
          ? 'add at the top: eventTime: { by: value.…, maxOutOfOrder: 30s }'
          : "add before it: .eventTime((r) => r.value.…, { maxOutOfOrder: '30s' })",
    }));
}

function topicFindings({ layout }: Pipeline, nodes: readonly StageNode[], facts: Facts): Finding[] {
  const own = new Set(layout.topics.map(({ name }) => name));
  const ends = (role: StageNode['role']) => nodes.filter((one) => one.role === role && !own.has(one.topic!));
  const missing = ends('enter')
    .filter(({ topic }) => facts.get(topic!) === null)
    .map(({ topic, node, name }): Finding => {
      const reason = `there is no topic '${topic}', which the pipeline reads`;
      return {
        rule: 'no-topic',
        level: 'error',
        step: name,
        site: siteOf(node),
        reason,
        fix: `create it: gregor topic create ${topic}`,
      };
    });
  const shorter = ends('enter').flatMap((input) =>
    ends('leave').flatMap((output): Finding[] => {
      const [from, to] = [facts.get(input.topic!)?.keepMs, facts.get(output.topic!)?.keepMs];
      if (from === undefined || to === undefined || from >= to) return [];
      const [kept, longer] = [durationText(from), to === Infinity ? 'for ever' : durationText(to)];
      const reason = `${input.topic} is kept ${kept}, and ${output.topic}, made from it, ${longer}: after ${kept} it cannot be made again`;
      const fix = `keep the source as long: gregor topic keep ${input.topic} ${to === Infinity ? 'forever' : durationText(to)}`;
      return [
        { rule: 'retention', level: 'warning', step: input.name, site: siteOf(input.node), reason, fix },
      ];
    }),
  );
  return [...missing, ...shorter];
}
