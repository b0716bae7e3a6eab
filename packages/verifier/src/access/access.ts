import { type Catalog, objectsOfKind } from '@app/catalog';
import type { TableCases } from '../cases/tableCases.ts';
import type { Subject } from '../check.ts';
import type { AccessConfig } from './matrix.ts';
import { heldPrivilegesCheck, privilegesCheck } from './privileges.ts';
import { rowSecurityCheck, tableAccessCheck } from './tableAccess.ts';

/** Who may do what: every operation of the matrix is tried by every client, and nothing else is open. */
export function accessSubject(matrix: AccessConfig, tables: readonly TableCases[], expected: Catalog): Subject {
  const columns = objectsOfKind(expected, 'column');
  const policies = objectsOfKind(expected, 'policy');
  return {
    name: 'access',
    startsFrom: 'migrated',
    database: 'shared',
    severity: 'high',
    prepare: async (database) => {
      await matrix.layOut(database);
      for (const statement of tables.flatMap(({ access }) => access?.given ?? []))
        await database.superuser.unsafe(statement);
    },
    checks: [
      ...tables.flatMap((cases) => {
        const own = columns.filter(({ table }) => table === cases.table);
        const proves = policies
          .filter(({ table }) => table === cases.table)
          .map(({ identity }) => `policy ${identity}`);
        return [{ ...tableAccessCheck(matrix, cases, own), proves }, ...rowSecurityCheck(matrix, cases, own)];
      }),
      privilegesCheck(matrix, expected),
      heldPrivilegesCheck(matrix, tables),
    ],
  };
}
