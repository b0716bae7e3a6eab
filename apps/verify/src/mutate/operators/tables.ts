import { change, type Operator, operator } from '../mutant.ts';

export const TABLE_OPERATORS: readonly Operator[] = [
  operator('table', 'dropped', ({ identity }) => [change('with all that needs it', `DROP TABLE ${identity} CASCADE`)]),
  operator('table', 'row security toggled', ({ identity, rowSecurity }) => {
    const action = rowSecurity ? 'DISABLE' : 'ENABLE';
    return [change(action, `ALTER TABLE ${identity} ${action} ROW LEVEL SECURITY`)];
  }),
  // Forced or not is the same where it is off.
  operator('table', 'forced row security toggled', ({ identity, rowSecurity, forceRowSecurity }) => {
    if (!rowSecurity) return [];
    const action = forceRowSecurity ? 'NO FORCE' : 'FORCE';
    return [change(action, `ALTER TABLE ${identity} ${action} ROW LEVEL SECURITY`)];
  }),
  operator('table', 'owner changed', ({ identity }, { roles }) =>
    roles
      .filter((role) => role !== 'PUBLIC')
      .map((role) => change(`to ${role}`, `ALTER TABLE ${identity} OWNER TO ${role}`)),
  ),
  operator('table', 'unlogged', ({ identity, unlogged, tableKind }) =>
    tableKind === 'ordinary' ? [change('', `ALTER TABLE ${identity} SET ${unlogged ? 'LOGGED' : 'UNLOGGED'}`)] : [],
  ),
  operator('table', 'storage parameter reset', ({ identity, options }) =>
    options.map((option) => change(option, `ALTER TABLE ${identity} RESET (${option.split('=')[0]})`)),
  ),
  // Of a partitioned table it is that of its partitions.
  operator('table', 'replica identity dropped', ({ identity, tableKind, replicaIdentity }) => {
    if (tableKind === 'partitioned') return [];
    const other = replicaIdentity === 'nothing' ? 'DEFAULT' : 'NOTHING';
    return [change(other, `ALTER TABLE ${identity} REPLICA IDENTITY ${other}`)];
  }),
  operator('table', 'partition detached', ({ identity, partitionOf }) =>
    partitionOf === undefined ? [] : [change('', `ALTER TABLE ${partitionOf} DETACH PARTITION ${identity}`)],
  ),
];
