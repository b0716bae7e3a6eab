import type { TriggerObject } from '../objects/tables.ts';
import { addressOf, type CatalogQuery, type Found, IN_SCHEMAS, notOfExtension } from './query.ts';

interface TriggerRow {
  oid: number;
  table: string;
  name: string;
  quoted_name: string;
  definition: string;
  enabled: TriggerObject['enabled'];
  inherited: boolean;
}

const TRIGGERS = `
  SELECT t.oid, format('%I.%I', n.nspname, c.relname) AS table, t.tgname::text AS name, quote_ident(t.tgname) AS quoted_name,
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
  return rows.map(({ oid, quoted_name, definition, ...row }) => {
    const state = ENABLE[row.enabled];
    const settings = state === undefined ? [] : [`ALTER TABLE ${row.table} ${state} ${quoted_name}`];
    return {
      address: addressOf('pg_trigger', oid),
      object: {
        ...row,
        kind: 'trigger',
        settings,
        identity: `${quoted_name} on ${row.table}`,
        definition: [definition, ...settings].join(';\n'),
      },
    };
  });
}
