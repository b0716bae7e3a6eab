export { type ConnectionSettings, type Connections, createConnections, type PoolerAbilities } from './connections.ts';
export { type TransactionHandle, transactionOf } from './driverClient.ts';
export { ConnectionError, isConnectionFailure } from './errors.ts';
export type { Rows } from './session.ts';
export type { Transaction } from './transaction.ts';
