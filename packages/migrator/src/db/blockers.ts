import type { Blocker } from '../errors.ts';
import type { Row } from './session.ts';

/** The columns of a Blocker, from pg_stat_activity as `a`. */
export const blockerColumns = `a.pid, a.application_name, a.state, split_part(ltrim(a.query, E' \\n\\r\\t'), E'\\n', 1) as query,
  coalesce(a.xact_start, a.state_change, a.backend_start) as since,
  (extract(epoch from clock_timestamp() - coalesce(a.xact_start, a.state_change, a.backend_start)) * 1000)::float8 as age_ms`;

/** Selects, in the same columns, the prepared transactions that hold a lock for which process `pid` waits. */
export function preparedBlockers(pid: number): string {
  return `select 0, 'prepared transaction ' || p.gid, 'prepared', format('rollback prepared %L ends it', p.gid), p.prepared,
      (extract(epoch from clock_timestamp() - p.prepared) * 1000)::float8
    from pg_prepared_xacts p where 0 = any(pg_blocking_pids(${pid})) and exists (
      select from pg_locks w join pg_locks h on h.locktype = w.locktype and h.database is not distinct from w.database
        and h.relation is not distinct from w.relation and h.transactionid is not distinct from w.transactionid
      join pg_locks own on own.virtualtransaction = h.virtualtransaction and own.pid is null
      where w.pid = ${pid} and not w.granted and h.pid is null and own.transactionid = p.transaction)`;
}

export function toBlocker(row: Row): Blocker {
  return {
    pid: Number(row.pid),
    applicationName: String(row.application_name ?? ''),
    state: row.state === null ? null : String(row.state),
    query: String(row.query ?? ''),
    since: row.since instanceof Date ? row.since : null,
    ageMs: row.age_ms === null ? null : Number(row.age_ms),
  };
}

/** `pid 12 (psql, idle in transaction for 8.1 s): LOCK TABLE users` */
export function describeBlocker(blocker: Blocker): string {
  const age = blocker.ageMs === null ? '' : ` for ${(blocker.ageMs / 1000).toFixed(1)} s`;
  const name = blocker.applicationName || 'no application name';
  return `pid ${blocker.pid} (${name}, ${blocker.state ?? 'state unknown'}${age})${blocker.query ? `: ${blocker.query}` : ''}`;
}
