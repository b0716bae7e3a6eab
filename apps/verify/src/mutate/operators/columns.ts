import type { ColumnObject, ObjectOfKind } from '@app/catalog';
import { change, type Operator, operator, type Surroundings } from '../mutant.ts';
import { mutated, TEXT_MUTATIONS } from '../textMutations.ts';

/** Columns of tables, but for those that a parent table makes. */
const columnOperator = (
  name: string,
  mutate: (column: ColumnObject, alter: string, surroundings: Surroundings) => ReturnType<Operator['mutate']>,
): Operator =>
  operator('column', name, (column, surroundings) => {
    const isOfTable = surroundings.catalog.objects.some(
      ({ kind, identity }) => kind === 'table' && identity === column.table,
    );
    return isOfTable && column.isLocal
      ? mutate(column, `ALTER TABLE ${column.table} ALTER COLUMN ${quoted(column)}`, surroundings)
      : [];
  });

export const COLUMN_OPERATORS: readonly Operator[] = [
  columnOperator('dropped', (column) => [
    change('with all that needs it', `ALTER TABLE ${column.table} DROP COLUMN ${quoted(column)} CASCADE`),
  ]),
  columnOperator('NOT NULL toggled', ({ notNull }, alter) => {
    const action = notNull ? 'DROP' : 'SET';
    return [change(action, `${alter} ${action} NOT NULL`)];
  }),
  columnOperator('default dropped', ({ default: value, generated }, alter) =>
    value === undefined || generated !== undefined ? [] : [change('', `${alter} DROP DEFAULT`)],
  ),
  columnOperator('default changed', ({ default: value, generated, type }, alter) =>
    value === undefined || generated !== undefined
      ? []
      : otherDefaults(value, type).map((other) => change(`to ${other}`, `${alter} SET DEFAULT ${other}`)),
  ),
  columnOperator('type widened', ({ type }, alter) =>
    widerTypes(type).map((wider) =>
      change(`to ${wider}`, `${alter} TYPE ${wider} USING ${wideningOf(alter)}::${wider}`),
    ),
  ),
  columnOperator('generated expression changed', ({ default: value, generated }, alter) =>
    value === undefined || generated === undefined
      ? []
      : TEXT_MUTATIONS.flatMap((mutation) => mutated(value, mutation)).map(({ what, text }) =>
          change(what, `${alter} SET EXPRESSION AS (${text})`),
        ),
  ),
  columnOperator('generated column made plain', ({ generated }, alter) =>
    generated === 'stored' ? [change('', `${alter} DROP EXPRESSION`)] : [],
  ),
  columnOperator('identity kind changed', ({ identityKind }, alter) => {
    if (identityKind === undefined) return [];
    const other = identityKind === 'always' ? 'BY DEFAULT' : 'ALWAYS';
    return [change(`to ${other}`, `${alter} SET GENERATED ${other}`), change('dropped', `${alter} DROP IDENTITY`)];
  }),
];

function quoted({ identity, table }: ObjectOfKind<'column'>): string {
  return identity.slice(table.length + 1);
}

function wideningOf(alter: string): string {
  return alter.slice(alter.indexOf(' ALTER COLUMN ') + ' ALTER COLUMN '.length);
}

function otherDefaults(value: string, type: string): string[] {
  const texts = TEXT_MUTATIONS.flatMap((mutation) => mutated(value, mutation)).map(({ text }) => text);
  if (type.startsWith('timestamp')) return [...texts, `(${value}) - interval '1 day'`];
  if (type === 'uuid') return [...texts, `'00000000-0000-0000-0000-000000000000'::uuid`];
  return texts;
}

const WIDER: Readonly<Record<string, string>> = {
  smallint: 'integer',
  integer: 'bigint',
  bigint: 'numeric',
  real: 'double precision',
  uuid: 'text',
  boolean: 'text',
  date: 'timestamp without time zone',
  'timestamp with time zone': 'timestamp(0) with time zone',
};

function widerTypes(type: string): string[] {
  const limited = /^(character varying|character|numeric|bit varying)\(/.exec(type)?.[1];
  if (limited !== undefined) return [limited === 'character' ? 'text' : limited];
  const wider = WIDER[type];
  return wider === undefined ? [] : [wider];
}
