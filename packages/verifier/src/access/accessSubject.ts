import { type Catalog, objectsOfKind } from '@app/catalog';
import type { TableCases } from '../cases/tableCases.ts';
import type { Subject } from '../check.ts';
import type { AccessConfig } from './accessConfig.ts';
import { heldPrivilegesCheck, privilegesCheck } from './privileges.ts';
import { rowSecurityCheck, tableAccessCheck } from './tableAccess.ts';

/** Every client tries every operation. A privilege that no rule allows is a failure. */
export function accessSubject(config: AccessConfig, tables: readonly TableCases[], expected: Catalog): Subject {
  const columns = objectsOfKind(expected, 'column');
  const policies = objectsOfKind(expected, 'policy');
  return {
    name: 'access',
    startsFrom: 'migrated',
    database: 'shared',
    severity: 'high',
    prepare: async (database) => {
      await config.setUp(database);
      for (const statement of tables.flatMap(({ access }) => access?.given ?? []))
        await database.superuser.unsafe(statement);
    },
    checks: [
      ...tables.flatMap((cases) => {
        const ofTable = columns.filter(({ table }) => table === cases.table);
        const proves = policies
          .filter(({ table }) => table === cases.table)
          .map(({ identity }) => `policy ${identity}`);
        return [{ ...tableAccessCheck(config, cases, ofTable), proves }, ...rowSecurityCheck(config, cases, ofTable)];
      }),
      privilegesCheck(config, expected),
      heldPrivilegesCheck(config, tables),
    ],
  };
}
