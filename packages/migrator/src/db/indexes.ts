import type { IndexBuild } from '../sql/classify.ts';
import { ident, literal } from './quote.ts';
import type { Session } from './session.ts';

export interface IndexState {
  /** Schema-qualified, quoted. */
  name: string;
  /** Qualified where the search_path requires it. */
  table: string;
  /** False after an interrupted or failed concurrent build: writes maintain the index, no query uses it, and duplicates pass. */
  valid: boolean;
  unique: boolean;
  /** Process that is building it now. */
  builder: number | null;
}

/** Finds the index that a CREATE INDEX names, in the schema of its table; null where there is none or the statement has no name. */
export async function findIndex(
  session: Session,
  build: IndexBuild,
): Promise<(IndexState & { onTable: boolean }) | null> {
  if (build.name === null) return null;
  const table = `to_regclass(${literal(qualified(build.schema, build.table))})`;
  const { rows } = await session.run(`select ${columns}, i.indrelid = ${table} as on_table ${source}
    where c.relname = ${literal(build.name)} and c.relnamespace = (select relnamespace from pg_class where oid = ${table})`);
  return rows[0] ? { ...toState(rows[0]), onTable: rows[0].on_table === true } : null;
}

/** The INVALID copies that an interrupted REINDEX CONCURRENTLY left on the table of `relation`, a table or an index. */
export async function findReindexLeftovers(
  session: Session,
  relation: { schema: string | null; name: string },
): Promise<IndexState[]> {
  const named = `to_regclass(${literal(qualified(relation.schema, relation.name))})`;
  const { rows } = await session.run(`select ${columns} ${source} where c.relname ~ '_cc(new|old)[0-9]*$'
    and i.indrelid in (${named}, (select indrelid from pg_index where indexrelid = ${named})) order by 1`);
  return rows.map(toState).filter((index) => !index.valid);
}

/** Every INVALID index that no process is building now, but for those of the system. */
export async function findInvalidIndexes(session: Session): Promise<IndexState[]> {
  const { rows } = await session.run(`select ${columns} ${source} where n.nspname not like 'pg\\_%' order by 1`);
  return rows.map(toState).filter((index) => !index.valid && index.builder === null);
}

/** The index of a partitioned table counts as valid: it is INVALID until each partition has its own. */
const columns = `format('%I.%I', n.nspname, c.relname) as name, i.indrelid::regclass::text as "table", i.indisunique as "unique",
  c.relkind = 'I' or (i.indisvalid and i.indisready and i.indislive) as valid,
  (select p.pid from pg_stat_progress_create_index p where p.datname = current_database() and p.index_relid = c.oid limit 1) as builder`;
const source = 'from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace';

function qualified(schema: string | null, name: string): string {
  return schema === null ? ident(name) : `${ident(schema)}.${ident(name)}`;
}

function toState(row: Record<string, unknown>): IndexState {
  return {
    name: String(row.name),
    table: String(row.table),
    valid: row.valid === true,
    unique: row.unique === true,
    builder: row.builder === null ? null : Number(row.builder),
  };
}
