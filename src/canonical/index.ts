/** The door of canonical: records that are clean at the producer, without loss and with a way back. Pure; no broker, no network. */
export { type HandConversion, LensBuilder, type LensOptions, lens } from './builder.ts';
export { CanonicalCheck } from './check.ts';
export {
  COMPLEMENT_BYTES_MAX,
  type ComplementPlace,
  type ComplementRecord,
  complementPlaceOf,
} from './complement.ts';
export { type Definition, type Dialect, readDefinition } from './definition.ts';
export { parseDefinition, parseJsonDefinition, parseYamlDefinition } from './definition-text.ts';
export {
  COMPLEMENT_HEADER,
  FORM_HEADER,
  HASH_HEADER,
  type Header,
  type Headers,
} from './headers.ts';
export { type Json, JsonNumber, type JsonObject, jsonOf, sameJson } from './json.ts';
export { brokenLaw, type Law, type LawOptions, type LawReport, testLaws, type Violation } from './laws.ts';
export { type CanonicalRecord, Lens, NoWayBack, type RawRecord } from './lens.ts';
export { parseJson } from './parse-json.ts';
export { DefinitionError } from './part.ts';
export { canonicalBytes, printJson, STYLES, type StyleName } from './print-json.ts';
export { canonicalKafkajs, canonicalPlatformatic } from './producers.ts';
export { REGISTRY } from './published.ts';
export { type Refusal, Refused, refusalText } from './refused.ts';
export type { LensClass, Step } from './steps/step.ts';
