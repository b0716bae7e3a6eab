import type { TriggerObject } from '../objects/tables.ts';
import { addressOf, type CatalogQuery, type Found, IN_SCHEMAS, notOfExtension, type Row } from './query.ts';

type TriggerRow = Row<'trigger', 'identity' | 'settings'> & {
  readonly quotedName: string;
  readonly definition: string;
};

const TRIGGERS = `
  SELECT t.oid, format('%I.%I', n.nspname, c.relname) AS table, t.tgname::text AS name, quote_ident(t.tgname) AS "quotedName",
    pg_get_triggerdef(t.oid) AS definition, t.tgparentid <> 0 AS inherited,
    CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' WHEN 'A' THEN 'always' ELSE 'origin' END AS enabled
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE NOT t.tgisinternal AND ${IN_SCHEMAS} AND ${notOfExtension('pg_class', 'c.oid')}`;

const ENABLE: Readonly<Record<TriggerObject['enabled'], string | undefined>> = {
  origin: undefined,
  disabled: 'DISABLE TRIGGER',
  replica: 'ENABLE REPLICA TRIGGER',
  always: 'ENABLE ALWAYS TRIGGER',
};

export async function readTriggers(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<TriggerRow>(TRIGGERS);
  return rows.map(({ oid, quotedName, definition, ...row }) => {
    const state = ENABLE[row.enabled];
    const settings = state === undefined ? [] : [`ALTER TABLE ${row.table} ${state} ${quotedName}`];
    return {
      address: addressOf('pg_trigger', oid),
      object: {
        ...row,
        kind: 'trigger',
        settings,
        identity: `${quotedName} on ${row.table}`,
        definition: [definition, ...settings].join(';\n'),
      },
    };
  });
}
