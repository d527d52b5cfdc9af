/**
 * StandardSchema: the part of https://standardschema.dev that is used, so any zod, valibot, arktype, ... schema will do. What it makes
 * of a value is what flows on. It must answer at once: a task knows no promise.
 */
import { InvalidValue } from '../../invalid-value.ts';

export interface StandardSchema<T> {
  readonly '~standard': {
    readonly validate: (value: unknown) => SchemaAnswer<T> | PromiseLike<SchemaAnswer<T>>;
  };
}

type SchemaAnswer<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Throws InvalidValue with path and message of all that is wrong. */
export function validated<T>(schema: StandardSchema<T>, value: unknown): T {
  const answer = schema['~standard'].validate(value);
  if ('then' in answer)
    throw new TypeError(
      'the schema answers later: take its asynchronous checks out, and do them in a step that asks outside',
    );
  if (answer.issues === undefined) return answer.value;
  throw new InvalidValue(answer.issues.map(issueText).join('; '));
}

function issueText({ message, path = [] }: SchemaIssue): string {
  const place = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  return place === '' ? message : `${place}: ${message}`;
}
