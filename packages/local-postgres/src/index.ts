export type { Major } from './binaries.ts';
export { createDatabase, createTemplate, type Database } from './databases.ts';
export { LocalPostgresError, type LocalPostgresErrorCode } from './errors.ts';
export {
  DEFAULT_DIRECTORY,
  findKeptServer,
  type KeptOptions,
  type KeptServer,
  startKeptServer,
  stopKeptServer,
} from './kept.ts';
export { withLock } from './lock.ts';
export type { StartOptions } from './options.ts';
export { type Bootstrap, connectServer, type PostgresServer, type ServerDescription } from './server.ts';
export { startThrowawayServer, type ThrowawayServer } from './throwaway.ts';
