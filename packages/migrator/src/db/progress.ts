import { sha256 } from '../folder/text.ts';
import type { Settings } from '../options.ts';
import type { ProgressRow } from '../plan.ts';
import { ledgerName } from './ledger.ts';
import { ident, literal } from './quote.ts';
import type { Session } from './session.ts';

/** The runner's own table, beside the ledger: the finished steps of an interrupted file. Empty after a run that succeeds. */
function progressName({ ledger }: Settings): string {
  return `${ident(ledger.schema)}."__migrator_progress"`;
}

async function hasProgress(session: Session, settings: Settings): Promise<boolean> {
  const { rows } = await session.run(`select to_regclass(${literal(progressName(settings))}) is not null as present`);
  return rows[0]?.present === true;
}

/** To be called under the advisory lock. */
export async function createProgress(session: Session, settings: Settings): Promise<void> {
  if (await hasProgress(session, settings)) return;
  await session.run(`create table ${progressName(settings)} (ledger text not null, created_at bigint not null, tag text not null,
    done text[] not null, started_at timestamptz not null default now(), primary key (ledger, created_at))`);
}

export async function readProgress(session: Session, settings: Settings): Promise<ProgressRow[]> {
  if (!(await hasProgress(session, settings))) return [];
  const { rows } = await session.run(
    `select created_at, tag, array_to_json(done) as done from ${progressName(settings)} where ledger = ${literal(ledgerName(settings))}`,
  );
  return rows.map((row) => ({
    when: Number(row.created_at),
    tag: String(row.tag),
    done: Array.isArray(row.done) ? row.done.map(String) : [],
  }));
}

/** SQL that records the steps finished so far. */
export function progressSql(
  settings: Settings,
  migration: { when: number; tag: string },
  done: readonly string[],
): string {
  const hashes = `array[${done.map(literal).join(', ')}]::text[]`;
  return `insert into ${progressName(settings)} (ledger, created_at, tag, done)
    values (${literal(ledgerName(settings))}, ${migration.when}, ${literal(migration.tag)}, ${hashes})
    on conflict (ledger, created_at) do update set tag = excluded.tag, done = excluded.done`;
}

export function forgetProgressSql(settings: Settings, when: number): string {
  return `delete from ${progressName(settings)} where ledger = ${literal(ledgerName(settings))} and created_at = ${when}`;
}

/** The hash of a statement's text, whatever its line ends. */
export function statementHash(sql: string): string {
  return sha256(sql.replaceAll('\r\n', '\n'));
}
