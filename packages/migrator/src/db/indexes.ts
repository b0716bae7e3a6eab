import type { IndexBuild } from '../sql/classify.ts';
import { ident, literal } from './quote.ts';
import type { Session } from './session.ts';

export interface IndexState {
  /** Schema-qualified, quoted. */
  name: string;
  table: string;
  /** False for what an interrupted or failed concurrent build leaves: written to, never read, and no guard of uniqueness. */
  usable: boolean;
  unique: boolean;
  /** Process that is building it at this moment. */
  builder: number | null;
}

/** Looks up the index a CREATE INDEX names, in its table's schema. Null where there is none, or no name is given. */
export async function findIndex(session: Session, build: IndexBuild): Promise<IndexState | null> {
  if (build.name === null) return null;
  const table = [build.schema, build.table]
    .filter((part) => part !== null)
    .map(ident)
    .join('.');
  return (
    (
      await selectIndexes(
        session,
        `c.relname = ${literal(build.name)}
    and c.relnamespace = (select relnamespace from pg_class where oid = to_regclass(${literal(table)}))`,
      )
    )[0] ?? null
  );
}

/** Every index of the database that a build left INVALID; those of the system and of partitioned tables aside. */
export async function findInvalidIndexes(session: Session): Promise<IndexState[]> {
  const indexes = await selectIndexes(session, `not (i.indisvalid and i.indisready and i.indislive)`);
  return indexes.filter((index) => index.builder === null);
}

async function selectIndexes(session: Session, condition: string): Promise<IndexState[]> {
  const { rows } = await session.run(`
    select format('%I.%I', n.nspname, c.relname) as name, i.indrelid::regclass::text as "table", i.indisunique as "unique",
      i.indisvalid and i.indisready and i.indislive as usable,
      (select p.pid from pg_stat_progress_create_index p where p.index_relid = c.oid limit 1) as builder
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'i' and n.nspname not like 'pg\\_%' and ${condition} order by 1`);
  return rows.map((row) => ({
    name: String(row.name),
    table: String(row.table),
    usable: row.usable === true,
    unique: row.unique === true,
    builder: row.builder === null ? null : Number(row.builder),
  }));
}
