/** The door of pipeline-text: pipelines as YAML: the same plan as the TypeScript form, and the JSON Schema of the text. Pure. */
export { type PipelineText, pipelineOfText } from './build.ts';
export type { JsonSchema } from './json-schema.ts';
export { pipelineSchema } from './schema.ts';
export { PipelineTextError } from './text-error.ts';
