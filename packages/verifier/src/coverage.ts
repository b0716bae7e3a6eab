import { dirname, join } from 'node:path';
import { type Catalog, type CatalogObject, objectKey } from '@app/catalog';
import { keyColumns } from './cases/keys.ts';
import { fileOf, type TableCases } from './cases/tableCases.ts';
import type { CheckResult, Subject } from './check.ts';
import { resultsOf } from './results.ts';

export const COVERAGE = 'coverage';
const { failedResult, passedResult } = resultsOf(COVERAGE);

/**
 * Every constraint, index, function and trigger must have a case, and every case must be of an object of the source.
 * @param expected the catalog of the source
 */
export function coverageResults(
  tables: readonly TableCases[],
  expected: Catalog,
  subjects: readonly Subject[],
): CheckResult[] {
  const tested = new Set(subjects.flatMap(({ checks }) => checks.flatMap(({ proves = [] }) => proves)));
  const byTable = new Map(tables.map((cases) => [cases.table, cases]));
  const required = expected.objects.flatMap((object) => {
    const fix = missingCaseFix(object, byTable, expected);
    return fix === undefined ? [] : [{ key: objectKey(object), fix }];
  });
  const missing = required.filter(({ key }) => !tested.has(key));
  const unknown = tables.flatMap((cases) =>
    unknownNames(cases, expected).map((name) => ({ name, file: fileOf(cases) })),
  );
  const total = required.length - missing.length;
  return [
    ...missing.map(({ key, fix }) => failedResult(key, fix, [{ what: 'cases', expected: 'one', actual: 'none' }])),
    ...unknown.map(({ name, file }) =>
      failedResult(`${name} of ${file}`, `remove ${name} from ${file}, or correct its name`, [
        { what: name, expected: 'an object of the source', actual: 'there is none' },
      ]),
    ),
    ...(total > 0 ? [passedResult(`${total} of ${required.length} objects have a case`, total)] : []),
  ];
}

/** The case to add for an object, and its file; undefined for an object that needs none, since it is compared with the source. */
function missingCaseFix(
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
      return `add '${object.name}' to \`constraints\` in ${fileFor(object.table)}, with rows that it refuses and rows that it admits`;
    case 'index': {
      if (object.attachedTo !== undefined || object.constraint !== undefined) return undefined;
      const columns = expected.objects.filter((it) => it.kind === 'column' && it.table === object.table);
      const isPlain = keyColumns({ columns: columns.filter((it) => it.kind === 'column') }, object) !== undefined;
      if (object.unique && isPlain) return keyCase(fileFor(object.table));
      if (object.unique) return `add '${object.name}' to \`constraints\` in ${fileFor(object.table)}`;
      return `add '${object.name}' to \`indexes\` in ${fileFor(object.table)}, with the query that it serves`;
    }
    case 'function':
      return `add '${objectKey(object)}' to \`proves\` of a check that calls it, in \`behaviours\` of a table's cases or in a subject of the config`;
    case 'trigger':
      return `add a scenario to \`behaviours\` in ${fileFor(object.table)}: scenarios([{ name: …, proves: ['${objectKey(object)}'], steps: … }], …)`;
    default:
      return undefined;
  }
}

function keyCase(file: string): string {
  return `add \`row\` in ${file}: keys and foreign keys are tested with it`;
}

/** The file for the cases of a table that has none yet, in the folder of the other files. */
function newFile(table: string, byTable: ReadonlyMap<string, TableCases>): string {
  const [sibling] = [...byTable.values()].flatMap(({ file }) => file ?? []);
  if (sibling === undefined) return `the cases of ${table}`;
  const name = table.replace(/^.*\./, '').replaceAll('"', '');
  return join(dirname(sibling), `${name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())}.ts`);
}

/** Names in a table's cases for which the source has no object. */
function unknownNames(cases: TableCases, { objects }: Catalog): string[] {
  const names = new Set(
    objects.flatMap((it) =>
      (it.kind === 'constraint' || it.kind === 'index') && it.table === cases.table ? [it.name] : [],
    ),
  );
  const inCases = [...Object.keys(cases.constraints ?? {}), ...Object.keys(cases.indexes ?? {})];
  const hasTable = objects.some(({ kind, identity }) => kind === 'table' && identity === cases.table);
  return [...(hasTable ? [] : [cases.table]), ...inCases.filter((name) => !names.has(name))];
}
