import { dirname, join } from 'node:path';
import { type Catalog, type CatalogObject, objectKey } from '@app/catalog';
import { keyColumns } from './cases/keys.ts';
import type { TableCases } from './cases/tableCases.ts';
import { fileOf } from './cases/tables.ts';
import type { CheckResult, Subject } from './check.ts';
import { resultsOf } from './compare/results.ts';

export const COVERAGE = 'coverage';
const { failed, passed } = resultsOf(COVERAGE);

export interface Covering {
  readonly tables: readonly TableCases[];
  /** What the source describes. */
  readonly expected: Catalog;
  readonly subjects: readonly Subject[];
}

/** Every constraint, index, function and trigger has its case, and every case is of an object that there is. */
export function coverageResults({ tables, expected, subjects }: Covering): CheckResult[] {
  const tried = new Set(subjects.flatMap(({ checks }) => checks.flatMap(({ proves = [] }) => proves)));
  const byTable = new Map(tables.map((cases) => [cases.table, cases]));
  const wanted = expected.objects.flatMap((object): Wanted[] => {
    const what = caseFor(object, byTable, expected);
    return what === undefined ? [] : [{ key: objectKey(object), what }];
  });
  const missing = wanted.filter(({ key }) => !tried.has(key));
  const idle = tables.flatMap((cases) => idleCases(cases, expected));
  const findings = [
    ...missing.map(({ key, what }) => ({
      name: key,
      what: 'a case of it',
      expected: 'one',
      actual: 'none',
      fix: what,
    })),
    ...idle.map(({ name, file }) => {
      const fix = `take ${name} out of ${file}, or correct its name`;
      return {
        name: `${name} of ${file}`,
        what: name,
        expected: 'an object of the source',
        actual: 'there is none',
        fix,
      };
    }),
  ];
  const total = wanted.length - missing.length;
  return [
    ...findings.map(({ name, fix, ...observation }) => failed(name, fix, [observation])),
    ...(total > 0 ? [passed(`${total} of ${wanted.length} objects have a case`, total)] : []),
  ];
}

interface Wanted {
  readonly key: string;
  /** What to add where. */
  readonly what: string;
}

/** What to write, and where, for an object without a case; undefined for one that the comparison with the source covers. */
function caseFor(
  object: CatalogObject,
  byTable: ReadonlyMap<string, TableCases>,
  expected: Catalog,
): string | undefined {
  const fileFor = (table: string) => {
    const cases = byTable.get(table);
    return cases === undefined ? newFile(table, byTable) : fileOf(cases);
  };
  switch (object.kind) {
    case 'table':
      return `add ${newFile(object.identity, byTable)} with \`export default defineTable({ table: '${object.identity}', row: … })\``;
    case 'constraint':
      if (object.inherited || (object.type !== 'check' && object.type !== 'exclude'))
        return keyCase(fileFor(object.table));
      return `add '${object.name}' to \`constraints\` in ${fileFor(object.table)}: rows that it refuses, and rows that it admits`;
    case 'index': {
      if (object.attachedTo !== undefined || object.constraint !== undefined) return undefined;
      const columns = expected.objects.filter((it) => it.kind === 'column' && it.table === object.table);
      const isPlain = keyColumns({ columns: columns.filter((it) => it.kind === 'column') }, object) !== undefined;
      if (object.unique && isPlain) return keyCase(fileFor(object.table));
      if (object.unique) return `add '${object.name}' to \`constraints\` in ${fileFor(object.table)}`;
      return `add '${object.name}' to \`indexes\` in ${fileFor(object.table)}: the query that it is for`;
    }
    case 'function':
      return `name '${objectKey(object)}' in \`proves\` of a check that calls it: among the \`behaviours\` of a table's cases, or in a subject of the config`;
    case 'trigger':
      return `add what it does to \`behaviours\` in ${fileFor(object.table)}: scenarios([{ name: …, proves: ['${objectKey(object)}'], steps: … }], …)`;
    default:
      return undefined;
  }
}

function keyCase(file: string): string {
  return `give \`row\` in ${file}: keys and foreign keys are tried from it`;
}

/** The file to write for a table without cases, beside those of the others. */
function newFile(table: string, byTable: ReadonlyMap<string, TableCases>): string {
  const [beside] = [...byTable.values()].flatMap(({ file }) => file ?? []);
  if (beside === undefined) return `the cases of ${table}`;
  const name = table.replace(/^.*\./, '').replaceAll('"', '');
  return join(dirname(beside), `${name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())}.ts`);
}

/** Names in a table's cases that the source does not have. */
function idleCases(cases: TableCases, { objects }: Catalog): { readonly name: string; readonly file: string }[] {
  const names = new Set(
    objects.flatMap((it) =>
      (it.kind === 'constraint' || it.kind === 'index') && it.table === cases.table ? [it.name] : [],
    ),
  );
  const declared = [...Object.keys(cases.constraints ?? {}), ...Object.keys(cases.indexes ?? {})];
  const isThere = objects.some(({ kind, identity }) => kind === 'table' && identity === cases.table);
  return [...(isThere ? [] : [cases.table]), ...declared.filter((name) => !names.has(name))].map((name) => ({
    name,
    file: fileOf(cases),
  }));
}
