/** The door of rpc: connections that speak frames, and what keeps them in their limits. */
export type { Answer, AnswerReceiver, AnswerSoon, LaterAnswer } from './answer.ts';
export { ownsMemory } from './frame-cutter.ts';
export { type RpcLimits, RpcServer } from './rpc-server.ts';
export { ServerConnection } from './server-connection.ts';
export type { RequestKind } from './slot.ts';
export { TurnGate } from './turn-gate.ts';
