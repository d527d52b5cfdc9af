/** pipeline(): where a plan begins. */
import { parseKey, parseValue } from '../operators/serial.ts';
import { PlanError } from '../plan-error.ts';
import { durationMs } from '../time/duration.ts';
import { type Edge, frozen } from './node.ts';
import type { Guarantee, PipelineOptions, PipelineSettings, StateOptions } from './pipeline.ts';
import { type Serde, serde } from './serde.ts';
import { Stream } from './stream.ts';
import type { Topic } from './topic.ts';

export interface PipelineStart {
  /** The records of a topic, parsed by its serdes. */
  from<K, V>(topic: Topic<K, V>): Stream<K, V>;
}

/** `name`: the consumer group, and the beginning of the names of all topics that the pipeline makes for itself. */
export function pipeline(name: string, options: PipelineOptions = {}): PipelineStart {
  if (!/^[a-zA-Z0-9._-]{1,100}$/.test(name))
    throw new PlanError(`'${name}' is no pipeline name: letters, digits, '.', '_' and '-', at most 100`);
  const settings: PipelineSettings = Object.freeze({
    name,
    commitEveryMs: durationMs(options.commitEvery ?? '200ms', 'commitEvery'),
    deadLetterTopic: options.deadLetter ?? `dlq.${name}`,
    isDeadLetterNamed: options.deadLetter !== undefined,
    guarantee: guaranteeOf(options.guarantee),
    version: options.version ?? '1',
    state: stateOptions(options.state),
  });
  return { from: (topic) => from(settings, topic) };
}

function guaranteeOf(guarantee: Guarantee = 'exactly-once'): Guarantee {
  if (guarantee !== 'exactly-once' && guarantee !== 'at-least-once')
    throw new PlanError(
      `guarantee is '${String(guarantee)}'; it is 'exactly-once' (the default) or 'at-least-once'`,
    );
  return guarantee;
}

function stateOptions(state: StateOptions = { store: 'memory' }): StateOptions {
  if (state.store === 'disk' && (typeof state.folder !== 'string' || state.folder === ''))
    throw new PlanError(
      "state: a store on disk needs a folder, { store: 'disk', folder: '/var/lib/orders' }",
    );
  if (state.store !== 'disk' && state.store !== 'memory')
    throw new PlanError(
      `state.store is '${String((state as StateOptions).store)}'; it is 'memory' or 'disk'`,
    );
  return Object.freeze({ ...state });
}

function from<K, V>(settings: PipelineSettings, topic: Topic<K, V>): Stream<K, V> {
  const source = {
    type: 'from',
    label: undefined,
    inputs: [],
    details: [],
    topic: topic.name,
    table: undefined,
  };
  let edge: Edge = { node: frozen({ kind: 'source', ...source }), output: 0 };
  const parse = (what: string, reader: Serde<unknown>, make: typeof parseValue) => {
    if (reader === serde.raw) return;
    const details = reader.name === what ? [] : [reader.name];
    const common = {
      type: what,
      label: undefined,
      inputs: [edge],
      details,
      state: undefined,
      isKeyed: false,
      time: undefined,
      meets: undefined,
      isByEventTime: false,
      isHolding: false,
      kept: undefined,
      drops: [],
      because: undefined,
      outside: undefined,
    };
    edge = { node: frozen({ kind: 'step', ...common, make: make(reader) }), output: 0 };
  };
  parse('parseKey', topic.key as Serde<unknown>, parseKey);
  parse('parse', topic.value as Serde<unknown>, parseValue);
  return new Stream(settings, edge, []);
}
