import type { Run } from './context.ts';

/** Runs `work` with other timeouts than the session's own, in milliseconds. What the file itself has SET stays. */
export async function withTimeouts<T>(
  { session, settings }: Run,
  { lockMs, statementMs }: { lockMs: number; statementMs: number },
  work: () => Promise<T>,
): Promise<T> {
  const ours = { lockMs: settings.lockTimeoutMs, statementMs: settings.statementTimeoutMs };
  if (lockMs === ours.lockMs && statementMs === ours.statementMs) return await work();
  await session.run(changeSql(ours, { lockMs, statementMs }));
  try {
    return await work();
  } finally {
    if (!session.closed) await session.run(changeSql({ lockMs, statementMs }, ours)).catch(() => undefined);
  }
}

interface Timeouts {
  lockMs: number;
  statementMs: number;
}

function changeSql(from: Timeouts, to: Timeouts): string {
  const change = (name: string, before: number, after: number) =>
    `select set_config('${name}', '${after}', false) from pg_settings where name = '${name}' and setting = '${before}'`;
  return `${change('lock_timeout', from.lockMs, to.lockMs)}; ${change('statement_timeout', from.statementMs, to.statementMs)}`;
}
