export type {
  Access,
  AccessConfig,
  Accesses,
  SchemaAccess,
  TableAccess,
  TableOperation,
  TableRule,
} from './access/accessConfig.ts';
export { expandPrefix, type Scenario, type Step, scenarios } from './cases/scenarios.ts';
export { defineTable, type TableCases } from './cases/tableCases.ts';
export {
  type Check,
  type CheckResult,
  idOf,
  type Observation,
  type OpenDatabase,
  type Subject,
  type TestDatabase,
} from './check.ts';
export {
  defineConfig,
  type LiveCheck,
  type PriorState,
  type SqlObject,
  type Variant,
  type VerifyConfig,
} from './config.ts';
export { databasesOn, SERVER_SETTINGS } from './databases.ts';
export { ConfigError } from './errors.ts';
export type { Evidence, RaceEvidence } from './evidence.ts';
export { generateSchemaSql } from './expected/drizzleGenerate.ts';
export { isTable, liveCheck } from './live/reading.ts';
export { loadConfig, loadTables } from './loadConfig.ts';
export { migrateOrFail, noDifference, readWholeCatalog } from './migrations/endState.ts';
export { runMigrations } from './migrations/migrationRun.ts';
export { type Report, reportOf } from './report/report.ts';
export { resultsOf } from './results.ts';
export { runCheck } from './run.ts';
export { eventually } from './sql/eventually.ts';
export { openSession } from './sql/session.ts';
export {
  countRows,
  firstValue,
  identifier,
  insert,
  literal,
  type Row,
  refusalText,
  withRollback,
} from './sql/statements.ts';
export { readTables, type TableColumns, tableHashes } from './sql/tableContents.ts';
export { migrationsOf, type Verification, type VerifyOptions, verify, verifyOn } from './verify.ts';
