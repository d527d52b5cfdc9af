/**
 * PipelineTextError: something in a pipeline's text cannot work: where, what, and what to write instead.
 *
 *   orders.yaml:9:5: steps[2]: there is no step 'dedup'. Did you mean 'dedupe'?
 */
import { nearest } from '../base/index.ts';
import { PlanError, type Site } from '../streams/index.ts';

export class PipelineTextError extends PlanError {
  readonly site: Site;
  /** `steps[2].dedupe.window`; empty: the text as a whole. */
  readonly where: string;
  readonly reason: string;
  /** What to do about it. */
  readonly fix: string;

  constructor(site: Site, where: string, reason: string, fix: string) {
    const { file, line, column } = site;
    super(
      `${file}:${line}:${column}: ${where === '' ? '' : `${where}: `}${reason}${fix === '' ? '' : `. ${fix}`}`,
    );
    this.site = site;
    this.where = where;
    this.reason = reason;
    this.fix = fix;
  }
}

/** For a name that is not among those that can stand there. */
export function meant(names: readonly string[], name: string): string {
  const near = nearest(names, name);
  return near === undefined ? `There are ${names.join(', ')}` : `Did you mean '${near}'?`;
}
