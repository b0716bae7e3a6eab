import type { IndexBuild } from '../sql/classify.ts';
import { ident, literal } from './quote.ts';
import type { Session } from './session.ts';

export interface IndexState {
  /** Schema-qualified, quoted. */
  name: string;
  /** As the search_path lets it be written. */
  table: string;
  /** False for what an interrupted or failed concurrent build leaves: written to, never read, and no guard of uniqueness. */
  usable: boolean;
  unique: boolean;
  /** Process that is building it at this moment. */
  builder: number | null;
}

/** Looks up the index a CREATE INDEX names, in its table's schema. Null where there is none, or no name is given. */
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

/** The INVALID doubles that interrupted REINDEX CONCURRENTLY left on the table of `relation`, a table or an index. */
export async function findReindexLeftovers(
  session: Session,
  relation: { schema: string | null; name: string },
): Promise<IndexState[]> {
  const named = `to_regclass(${literal(qualified(relation.schema, relation.name))})`;
  const { rows } = await session.run(`select ${columns} ${source} where c.relname ~ '_cc(new|old)[0-9]*$'
    and i.indrelid in (${named}, (select indrelid from pg_index where indexrelid = ${named})) order by 1`);
  return rows.map(toState).filter((index) => !index.usable);
}

/** Every index that a build left INVALID and nobody is building now; those of the system aside. */
export async function findInvalidIndexes(session: Session): Promise<IndexState[]> {
  const { rows } = await session.run(`select ${columns} ${source} where n.nspname not like 'pg\\_%' order by 1`);
  return rows.map(toState).filter((index) => !index.usable && index.builder === null);
}

/** A partitioned table's index is INVALID for as long as a partition lacks its part: that is no interrupted build. */
const columns = `format('%I.%I', n.nspname, c.relname) as name, i.indrelid::regclass::text as "table", i.indisunique as "unique",
  c.relkind = 'I' or (i.indisvalid and i.indisready and i.indislive) as usable,
  (select p.pid from pg_stat_progress_create_index p where p.datname = current_database() and p.index_relid = c.oid limit 1) as builder`;
const source = 'from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace';

function qualified(schema: string | null, name: string): string {
  return schema === null ? ident(name) : `${ident(schema)}.${ident(name)}`;
}

function toState(row: Record<string, unknown>): IndexState {
  return {
    name: String(row.name),
    table: String(row.table),
    usable: row.usable === true,
    unique: row.unique === true,
    builder: row.builder === null ? null : Number(row.builder),
  };
}
