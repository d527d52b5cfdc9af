/** SchemaFile: a JSON Schema as a file, and whether records of a topic fit it: with the very check that the broker does. */
import { jsonSchemaCheck } from '../../checks/index.ts';
import type { BytesConsumer } from '../client/session.ts';
import { CommandFailed, EXIT, usageError } from '../exit-codes.ts';
import { recordsOf } from './records-of.ts';

/** What a topic that asks for it has in memory for each. */
const CHARACTERS_MAX = 256 * 1024;

/** In one line. Exit code 2 for what the broker would not take. */
export function schemaText(content: string, file: string): string {
  try {
    const schema: unknown = JSON.parse(content);
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
      throw new TypeError('it is not a JSON object');
    const text = JSON.stringify(schema);
    if (text.length > CHARACTERS_MAX) throw new RangeError(`it is longer than ${CHARACTERS_MAX} characters`);
    jsonSchemaCheck(text);
    return text;
  } catch (error) {
    throw usageError(`${file} cannot be used: ${(error as Error).message}`);
  }
}

/** How many records were tried; exit code 1 when one does not fit. */
export async function requireFitting(
  consumer: BytesConsumer,
  text: string,
  topic: string,
  last: number,
): Promise<number> {
  const check = jsonSchemaCheck(text);
  let tried = 0;
  for await (const { partition, offset, key, value } of recordsOf(consumer, topic, { last })) {
    tried++;
    const objection = check({ key, value, headers: [] });
    if (objection !== undefined)
      throw new CommandFailed(
        EXIT.failed,
        `${topic}, partition ${partition}, offset ${offset}: ${objection.field} ${objection.reason}\nNot published`,
      );
  }
  return tried;
}
