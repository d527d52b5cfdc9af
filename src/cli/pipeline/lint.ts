/**
 * lint: finds what will hurt in pipelines, without running them: `file:line:column: level: reason: fix`. A comment on the line of the
 * step, or on the line before it, that names a rule takes that finding away: `lint-ok: partition-key, an order has one customer`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { type Facts, type Finding, lint, type Pipeline } from '../../streams/index.ts';
import { bootstrapOf, requireReachable, timeoutMsOf } from '../client/bootstrap.ts';
import type { PipelineLintOptions } from '../commands/pipeline-lint.ts';
import { CommandFailed, EXIT, type ExitCode } from '../exit-codes.ts';
import { countText } from '../text.ts';
import { factsOf } from './facts.ts';
import { loadFile } from './load.ts';

/** As `--json` prints it. */
export interface Told {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly level: Finding['level'];
  /** `plan`: it cannot even be made. */
  readonly rule: Finding['rule'] | 'plan';
  readonly step?: string;
  readonly reason: string;
  readonly fix: string;
}

export async function lintFiles(files: readonly string[], options: PipelineLintOptions): Promise<ExitCode> {
  const told: Told[] = [];
  for (const file of files) told.push(...(await lintFile(file, options)));
  if (options.json === true) for (const one of told) process.stdout.write(`${JSON.stringify(one)}\n`);
  else {
    for (const one of told) process.stdout.write(`${textOf(one)}\n`);
    const [errors, warnings] = (['error', 'warning'] as const).map(
      (level) => told.filter((one) => one.level === level).length,
    );
    const found =
      told.length === 0
        ? 'nothing to say'
        : `${countText(errors!, 'error')}, ${countText(warnings!, 'warning')}`;
    process.stderr.write(`${countText(files.length, 'pipeline')}: ${found}\n`);
  }
  const worst = options.strict === true ? told.length : told.filter(({ level }) => level === 'error').length;
  return worst > 0 ? EXIT.failed : EXIT.ok;
}

async function lintFile(file: string, options: PipelineLintOptions): Promise<Told[]> {
  try {
    const { pipeline, face } = await loadFile(file);
    const findings = lint(pipeline, face, await askBroker(pipeline, options));
    return findings.map((finding) => toldOf(file, finding)).filter((one) => !isAllowed(one));
  } catch (error) {
    if (!(error instanceof CommandFailed) || error.exitCode !== EXIT.usage) throw error;
    return [brokenPlan(file, error.message)];
  }
}

/** Undefined: it was not asked, or does not answer; that is said once. */
async function askBroker(pipeline: Pipeline, options: PipelineLintOptions): Promise<Facts | undefined> {
  if (options.offline === true) return undefined;
  const addresses = bootstrapOf(options);
  try {
    await requireReachable(addresses, timeoutMsOf(options));
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const { host, port } = addresses[0]!;
    process.stderr.write(
      `(no broker at ${host}:${port}: topics and how long they keep are not looked at; --offline says so)\n`,
    );
    return undefined;
  }
  const { withAdmin } = await import('../client/session.ts');
  return withAdmin(options, 'pipeline lint', (admin) => factsOf(admin, pipeline));
}

function toldOf(file: string, { site, level, rule, step, reason, fix }: Finding): Told {
  const place = site === undefined ? {} : { line: site.line, column: site.column };
  const named = step === undefined ? {} : { step };
  return { file: shortName(site?.file ?? file, file), ...place, level, rule, ...named, reason, fix };
}

/** As the user wrote it, where that is the same file. */
function shortName(found: string, file: string): string {
  return found.endsWith(file.replace(/^\.\//, '')) ? file : found;
}

/** What a refused plan says begins with its place. */
function brokenPlan(file: string, message: string): Told {
  const [, line, column, reason] = /^.*?:(\d+):(\d+): (.*)$/s.exec(message) ?? [];
  if (line === undefined)
    return { file, level: 'error', rule: 'plan', reason: message.replace(`${file}: `, ''), fix: '' };
  return {
    file,
    line: Number(line),
    column: Number(column),
    level: 'error',
    rule: 'plan',
    reason: reason!,
    fix: '',
  };
}

function textOf({ file, line, column, level, rule, reason, fix }: Told): string {
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  return `${place}: ${level}: ${reason}${fix === '' ? '' : `: ${fix}`}${rule === 'plan' ? '' : `  [${rule}]`}`;
}

function isAllowed({ file, line, rule }: Told): boolean {
  if (line === undefined || !existsSync(file)) return false;
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines
    .slice(Math.max(0, line - 2), line)
    .some((text) => new RegExp(`(#|//).*\\blint-ok:\\s*${rule}\\b`).test(text));
}
