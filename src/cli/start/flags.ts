/**
 * Flags: what `gregor start` takes, in one table: the command line's parser is told it, and a start that is written plainly is read
 * here, without loading the parser: 10 ms, and 2 MB that a broker would hold as long as it lives.
 */
import type { Level } from '../../base/index.ts';
import { LEVELS } from './log.ts';
import type { StartFlags } from './sources.ts';

export interface StartOptions extends StartFlags {
  readonly logLevel: Level;
}

export interface Flag {
  readonly option: Exclude<keyof StartOptions, symbol>;
  /** How help names the value; undefined: the flag has none. */
  readonly value?: string;
  readonly isRepeatable?: boolean;
  readonly choices?: readonly string[];
  readonly default?: string | readonly string[];
  readonly doc: string;
}

export const FLAGS: Readonly<Record<string, Flag>> = {
  '--data': { option: 'data', value: '<dir>', doc: 'data folder (default: ./gregor-data)' },
  '--listen': {
    option: 'listen',
    value: '<host:port>',
    doc: 'address to listen on (default: 127.0.0.1:9092)',
  },
  '--config': { option: 'config', value: '<file>', doc: "settings as in Kafka's server.properties" },
  '--set': {
    option: 'set',
    value: '<name=value>',
    isRepeatable: true,
    default: [],
    doc: 'one setting; repeatable',
  },
  '--pipeline': {
    option: 'pipeline',
    value: '<file>',
    isRepeatable: true,
    default: [],
    doc: 'a pipeline that runs inside the broker; repeatable',
  },
  '--allow-anonymous': {
    option: 'allowAnonymous',
    doc: 'listen beyond loopback although nobody has to log in',
  },
  '--log-level': {
    option: 'logLevel',
    value: '<level>',
    choices: LEVELS,
    default: 'info',
    doc: 'least level logged',
  },
};

/** `--name value`, `--name=value` and `--name`. Undefined: there is more to it (help, a mistake, ...): the parser knows what to say. */
export function plainOptions(parameters: readonly string[]): StartOptions | undefined {
  const options: Record<string, unknown> = {};
  for (const { option, default: value } of Object.values(FLAGS))
    if (value !== undefined) options[option] = value;
  for (let at = 0; at < parameters.length; at++) {
    const [, name, joined] = /^(--[a-z-]+)(?:=(.*))?$/s.exec(parameters[at]!) ?? [];
    const flag = name === undefined || !Object.hasOwn(FLAGS, name) ? undefined : FLAGS[name];
    if (flag === undefined) return undefined;
    if (flag.value === undefined) {
      if (joined !== undefined) return undefined;
      options[flag.option] = true;
      continue;
    }
    const value = joined ?? parameters[++at];
    if (value === undefined || (joined === undefined && value.startsWith('-'))) return undefined;
    if (flag.choices?.includes(value) === false) return undefined;
    options[flag.option] = flag.isRepeatable ? [...(options[flag.option] as string[]), value] : value;
  }
  return options as unknown as StartOptions;
}
