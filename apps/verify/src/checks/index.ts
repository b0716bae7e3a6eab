import type { Subject } from '../check.ts';
import type { VerifyConfig } from '../config.ts';
import type { Project } from '../project.ts';
import { accessSubject } from './access.ts';
import { columnsSubject } from './columns.ts';
import { constraintsSubject } from './constraints.ts';
import { foreignKeysSubject } from './foreignKeys.ts';
import { grantsSubject } from './grants.ts';
import { grantsTriedSubject } from './grantsTried.ts';
import { indexesSubject } from './indexes.ts';
import { migrationsSubject } from './migrations.ts';
import { schemaSubject } from './schema.ts';
import { securitySubject } from './security.ts';
import { sequencesSubject } from './sequences.ts';
import { tablesSubject } from './tables.ts';
import { typesSubject } from './types.ts';
import { viewsSubject } from './views.ts';

/** Subjects that need nothing but the config; they say what is wrong where the migrations cannot even be applied. */
function givenSubjects(config: VerifyConfig, project: Project | undefined): Subject[] {
  const { access, security } = config;
  return [
    ...(access === undefined ? [] : [accessSubject(access, project)]),
    ...(security === undefined ? [] : [securitySubject(security)]),
    migrationsSubject(config),
  ];
}

/** Subjects whose checks are made from what the migrations made. */
function derivedSubjects(project: Project): Subject[] {
  const { drizzle } = project.config;
  return [
    ...(drizzle === undefined ? [] : [schemaSubject(project, drizzle)]),
    tablesSubject(project),
    columnsSubject(project),
    constraintsSubject(project),
    foreignKeysSubject(project),
    sequencesSubject(project),
    typesSubject(project),
    viewsSubject(project),
    grantsSubject(project),
    grantsTriedSubject(project),
    indexesSubject(project),
  ].filter(({ checks }) => checks.length > 0);
}

/** Every subject, in the order of the report; without a project those alone that need none. */
export function subjectsOf(config: VerifyConfig, project: Project | undefined): Subject[] {
  const subjects = [...(project === undefined ? [] : derivedSubjects(project)), ...givenSubjects(config, project)];
  const own = (config.proofs ?? []).filter(({ name }) => subjects.every((subject) => subject.name !== name));
  return [...own, ...subjects.map((subject) => withProofs(config, subject))];
}

/** The one subject that is about the migrations themselves, and not about what they make. */
export function migrationsOf(config: VerifyConfig): Subject {
  return withProofs(config, migrationsSubject(config));
}

/** With the config's proofs of the same name. */
function withProofs({ proofs = [] }: VerifyConfig, subject: Subject): Subject {
  const same = proofs.filter(({ name }) => name === subject.name);
  return { ...subject, checks: [...subject.checks, ...same.flatMap(({ checks }) => checks)] };
}

const DERIVED = [
  'tables',
  'columns',
  'constraints',
  'foreign keys',
  'sequences',
  'types',
  'views',
  'grants',
  'grants, tried',
  'indexes',
  'migrations',
];

/** Names that `--only` knows before anything has run. */
export function subjectNames({ drizzle, access, security, proofs = [] }: VerifyConfig): string[] {
  const given = [access && 'access', security && 'security', drizzle && 'schema'].flatMap((name) => name ?? []);
  const names = [...DERIVED, ...given, ...proofs.map(({ name }) => name)];
  return [...new Set(names)];
}
