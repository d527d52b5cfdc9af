/** Registry: canonical definitions on the log, in the topic `__canonical`: key `order@1`, value the definition as JSON in canonical form. */
import {
  canonicalBytes,
  type Definition,
  DefinitionError,
  parseJsonDefinition,
  REGISTRY,
} from '../../canonical/index.ts';
import type { BytesConsumer } from '../client/session.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';
import {
  type Clients,
  publishedTexts,
  publishOnce,
  requireCompacted,
  requireText,
} from './published-once.ts';

/** By id; none where there is no such topic. Exit code 1 for one that cannot be read. */
export async function publishedDefinitions(consumer: BytesConsumer): Promise<Map<string, Definition>> {
  const definitions = new Map<string, Definition>();
  for (const [id, text] of await publishedTexts(consumer, REGISTRY))
    definitions.set(id, definitionOf(id, text));
  return definitions;
}

export async function requirePublished(consumer: BytesConsumer, id: string): Promise<Definition> {
  return definitionOf(id, await requireText(consumer, REGISTRY, id));
}

/** With the topics that its complements go to. False when the very same was published before. */
export async function publish(clients: Clients, { id, document, dialects }: Definition): Promise<boolean> {
  const sides = new Set([...dialects.values()].map(({ complementTopic }) => complementTopic));
  for (const topic of sides) if (topic !== undefined) await requireCompacted(clients.admin, topic);
  return publishOnce(clients, REGISTRY, id, canonicalBytes(document));
}

function definitionOf(id: string, text: string): Definition {
  try {
    return parseJsonDefinition(text, `${REGISTRY}/${id}`);
  } catch (error) {
    if (error instanceof DefinitionError) throw new CommandFailed(EXIT.failed, error.message);
    throw error;
  }
}
