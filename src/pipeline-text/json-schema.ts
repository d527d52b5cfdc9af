/** JsonSchema: the part of JSON Schema (draft 7, which editors know) that a pipeline's text needs. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}
