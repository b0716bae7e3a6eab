export { type Blocker, type ErrorDetails, type ExitCode, MigratorError, type MigratorErrorCode } from './errors.ts';
export type { IndexProgress, MigratorEvent } from './events.ts';
export { type JournalEntry, type MigrationFile, type MigrationFolder, readFolder } from './folder/folder.ts';
export { type MigrateOptions, type MigrateResult, migrate } from './migrate.ts';
export type { MigratorOptions } from './options.ts';
export { type LedgerRow, type Plan, type PlannedMigration, type PlanOptions, type ProgressRow, plan } from './plan.ts';
export type { Problem, ProblemKind } from './problems.ts';
export { status } from './status.ts';
