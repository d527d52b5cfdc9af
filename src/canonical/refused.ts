/** Refused: data that a definition cannot take. It names the field and the reason; a producer shows both, the broker answers with both. */

export interface Refusal {
  /** `order.total`, `items[2].price`; empty: the record as a whole. */
  readonly field: string;
  /** Says what is wrong and, where there is a way out, what to do. */
  readonly reason: string;
}

export class Refused extends Error implements Refusal {
  override readonly name = 'Refused';
  readonly field: string;
  readonly reason: string;
  /** The definition, and the step of it, that refused. */
  readonly at: string | undefined;

  constructor(field: string, reason: string, at?: string) {
    super(`${at === undefined ? '' : `${at}: `}${refusalText({ field, reason })}`);
    this.field = field;
    this.reason = reason;
    this.at = at;
  }
}

export function refusalText({ field, reason }: Refusal): string {
  return field === '' ? reason : `${field}: ${reason}`;
}
