import type { Catalog } from '@app/catalog';
import { accessSubject } from './access/accessSubject.ts';
import { indexesSubject } from './cases/indexes.ts';
import type { TableCases } from './cases/tableCases.ts';
import { TABLES, tablesSubject } from './cases/tables.ts';
import type { Subject } from './check.ts';
import { ledgerOf, type VerifyConfig } from './config.ts';
import { COVERAGE } from './coverage.ts';
import { SOURCE } from './expected/compareWithSource.ts';
import { MIGRATIONS, migrationsSubject } from './migrations/migrationsSubject.ts';
import { securitySubject } from './security/securitySubject.ts';

/** The subject `migrations`. It does not need the source. */
export function migrationsOf(config: VerifyConfig): Subject {
  return withProjectChecks(config, migrationsSubject(config));
}

/** Every other subject, in the order of the report. @param expected the catalog of the source */
export function subjectsOf(config: VerifyConfig, expected: Catalog): Subject[] {
  const { tables = [], access, security } = config;
  const subjects = [
    ...(tables.length === 0 ? [] : [tablesSubject(tables, expected), indexesSubject(tables, expected)]),
    ...(access === undefined ? [] : [accessSubject(access, tables, expected)]),
    ...(security === undefined ? [] : [securitySubject(security, ledgerOf(config))]),
  ];
  const builtIn = new Set([...subjects.map(({ name }) => name), MIGRATIONS]);
  const own = (config.subjects ?? []).filter(({ name }) => !builtIn.has(name));
  const behaviours = behavioursOf(tables);
  return [...own, ...behaviours, ...subjects.map((subject) => withProjectChecks(config, subject))];
}

function behavioursOf(tables: readonly TableCases[]): Subject[] {
  const checks = tables.flatMap(({ behaviours = [] }) => behaviours);
  return checks.length === 0 ? [] : [{ name: 'table behaviours', startsFrom: 'migrated', database: 'shared', checks }];
}

function withProjectChecks({ subjects = [] }: VerifyConfig, subject: Subject): Subject {
  const same = subjects.filter(({ name }) => name === subject.name);
  return { ...subject, checks: [...subject.checks, ...same.flatMap(({ checks }) => checks)] };
}

/** The names that `--only` accepts. */
export function subjectNames({ drizzle, tables = [], access, security, subjects = [] }: VerifyConfig): string[] {
  const builtIn = [
    ...(drizzle === undefined ? [] : [SOURCE]),
    ...(tables.length === 0 ? [] : [TABLES, 'indexes', COVERAGE]),
    ...behavioursOf(tables).map(({ name }) => name),
    ...(access === undefined ? [] : ['access']),
    ...(security === undefined ? [] : ['security']),
    MIGRATIONS,
  ];
  return [...new Set([...builtIn, ...subjects.map(({ name }) => name)])];
}
