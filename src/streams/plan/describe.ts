/** The plan for people: stages with their steps, the topics between them, what is kept, what is promised. */
import { isHopEntry, type Layout, type Stage, type StageNode } from './layout.ts';

const PROMISES = {
  'exactly-once': [
    '  exactly once: outputs, state and input offsets are committed together, in one transaction',
  ],
  'at-least-once': [
    '  at least once: outputs go out as they are made; state and input offsets are committed behind them, in one transaction',
    '  after a crash, outputs since the last commit are written again; steps behind a repartition see such records twice',
  ],
};

export function describe({ settings, stages, topics }: Layout): string {
  const lines = [
    `pipeline ${settings.name}, version ${settings.version}`,
    ...PROMISES[settings.guarantee],
    `  commits every ${settings.commitEveryMs} ms; what cannot be processed goes to ${settings.deadLetterTopic}`,
  ];
  if (settings.state.store === 'disk')
    lines.push(`  state lies in ${settings.state.folder}, and whole in the changelogs`);
  for (const stage of stages) lines.push('', ...stageLines(stage));
  lines.push('', 'topics that it makes for itself');
  for (const { name, kind, partitions, like } of topics)
    lines.push(
      `  ${name}  ${kind}, ${partitions === undefined ? `as many partitions as ${like.join(', ')}` : `${partitions} partitions`}`,
    );
  return `${lines.join('\n')}\n`;
}

function stageLines(stage: Stage): string[] {
  const lines = [`stage ${stage.index}: one task for each partition of ${stage.inputs.join(', ')}`];
  for (const one of stage.nodes) lines.push(`  ${nodeText(one, stage)}`);
  for (const { topic, isGlobal } of stage.tables)
    if (isGlobal) lines.push(`  (every task reads all of ${topic})`);
  const rekeys = stage.nodes.filter(({ node, role }) => node.kind === 'rekey' && role === 'work');
  for (const { name } of rekeys) lines.push(`  (${name} needs no repartition: no step behind it is keyed)`);
  return lines;
}

function nodeText(one: StageNode, stage: Stage): string {
  const { name, node, role, topic, inputs } = one;
  if (isHopEntry(one)) return `from ${topic}, by ${name}`;
  if (node.kind === 'source' && node.table !== undefined) return `table ${topic}`;
  const before = stage.nodes[stage.nodes.indexOf(one) - 1];
  const isNext =
    inputs.length === 1 &&
    inputs[0]!.name === before?.name &&
    inputs[0]!.output === 0 &&
    before.node.type !== 'branch';
  const origin =
    isNext || inputs.length === 0 ? '' : `  ◄ ${inputs.map((edge) => edgeText(edge, stage)).join(', ')}`;
  const details = node.details.length === 0 ? '' : `: ${node.details.join('; ')}`;
  const where = role === 'work' ? '' : node.kind === 'rekey' ? `, over ${topic}` : ` ${topic}`;
  const state = node.kind === 'step' && node.state !== undefined ? `  keeps ${node.state}` : '';
  return `${role === 'enter' ? 'from' : name}${where}${details}${state}${origin}`;
}

function edgeText({ name, output }: StageNode['inputs'][number], { nodes }: Stage): string {
  const { node } = nodes.find((one) => one.name === name)!;
  if (node.type === 'branch') return `${name}.${node.details[output] ?? 'else'}`;
  return output === 0 ? name : `${name}.late`;
}
