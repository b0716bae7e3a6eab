export type {
  Access,
  AccessConfig,
  Accesses,
  SchemaAccess,
  TableAccess,
  TableOperation,
  TableRule,
} from './access/matrix.ts';
export { type Scenario, type Step, scenarios, spelledOut } from './cases/scenario.ts';
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
export { listed, resultsOf } from './compare/results.ts';
export { defineConfig, type PriorState, type SqlObject, type VerifyConfig } from './config.ts';
export { databasesOn, SERVER_SETTINGS } from './databases.ts';
export type { Evidence, RaceEvidence } from './evidence.ts';
export { exportDrizzleSchema } from './expected/drizzleExport.ts';
export type { LiveCheck } from './live/liveCheck.ts';
export { isRead, isTable, type Read, tryRead } from './live/reading.ts';
export { ConfigError, loadConfig, loadTables } from './loadConfig.ts';
export { catalogOf, migrateAll, noDifference } from './migrations/endState.ts';
export { type Report, reportOf } from './report/report.ts';
export { runCheck } from './run.ts';
export { answer, effect, refused, rolledBack } from './sql/attempt.ts';
export { eventually } from './sql/eventually.ts';
export { runMigrations } from './sql/migration.ts';
export { contents, type HeldTable, heldTables } from './sql/rows.ts';
export { openSession } from './sql/session.ts';
export { identifier, insert, literal, type Row } from './sql/statements.ts';
export { migrationsOf } from './subjects.ts';
export { type Proved, proveOn, type VerifyOptions, verify } from './verify.ts';
