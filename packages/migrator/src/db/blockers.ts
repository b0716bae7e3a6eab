import type { Blocker } from '../errors.ts';
import type { Row } from './session.ts';

/** Columns of pg_stat_activity, as `a`, that make a Blocker. */
export const blockerColumns = `a.pid, a.application_name, a.state, split_part(ltrim(a.query, E' \\n\\r\\t'), E'\\n', 1) as query,
  coalesce(a.xact_start, a.state_change, a.backend_start) as since,
  (extract(epoch from clock_timestamp() - coalesce(a.xact_start, a.state_change, a.backend_start)) * 1000)::float8 as age_ms`;

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
