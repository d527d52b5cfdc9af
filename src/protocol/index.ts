/** The door of protocol: the wire as data. Messages for every API and version, errors, headers, primitive encodings. */
export {
  type Api,
  API_VERSIONS_KEY,
  api,
  requestHeaderVersion,
  responseHeaderVersion,
} from './api.ts';
export { ByteReader, ByteWriter, MalformedMessage } from './bytes.ts';
export {
  ERRORS,
  type ErrorName,
  errorCode,
  errorNameOf,
  KafkaError,
  RecordsRefused,
  type RefusedRecord,
} from './errors.ts';
export { requestFrame, responseFrame } from './frame.ts';
export {
  type RequestHeader,
  type ResponseHeader,
  readRequestHeader,
  readResponseHeader,
  requestHeader,
  responseHeader,
  writeRequestHeader,
  writeResponseHeader,
} from './header.ts';
export * from './messages/index.ts';
export {
  type Certainty,
  NOTHING_WRITTEN,
  PRODUCE_CERTAINTY,
  produceCertainty,
} from './produce-certainty.ts';
export * from './records/index.ts';
export {
  array,
  boolean,
  bytes,
  type Field,
  type Fields,
  float64,
  type Infer,
  type Input,
  int8,
  int16,
  int32,
  int64,
  Message,
  message,
  records,
  string,
  struct,
  uint16,
  uint32,
  uuid,
  type Versions,
} from './schema.ts';
export { isUuid, uuidFromBase64, uuidToBase64, ZERO_UUID } from './uuid.ts';
export { type CompressionName, codecOf, COMPRESSIONS, forEachBatch, RecordBatch } from './record-batch.ts';
export { encodeBatch, type NewBatch } from './record-builder.ts';
export { type BatchRecord, decodeRecords, forEachRecord, validateRecords } from './record.ts';
export {
  deleteHorizonOf,
  emptyBatch,
  type RecordSlice,
  retainRecords,
  sliceRecords,
} from './record-slices.ts';
export {
  encodeMarker,
  MARKER_ABORT,
  MARKER_COMMIT,
  readMarker,
  type TransactionMarker,
} from './transaction-marker.ts';
