/** The door of rpc: connections that speak frames, and what keeps them in their limits. */
export { ownsMemory } from './frame-cutter.ts';
export { type RpcLimits, RpcServer } from './rpc-server.ts';
export { type Answer, ServerConnection } from './server-connection.ts';
