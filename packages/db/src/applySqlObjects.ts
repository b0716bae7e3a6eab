import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import postgres, { type Sql } from 'postgres';
import { commandConnection } from './commandConnection.ts';
import { functionsFolder, migrationsFolder } from './migrations.ts';
import { readSqlObjects, type SqlObject } from './sqlObjects.ts';

/** Why the objects could not be applied; nothing was changed. The server's error is the `cause`. */
export class ApplyError extends Error {
  override readonly name = 'ApplyError';
  readonly code: 'LOCK_TIMEOUT' | 'STATEMENT_FAILED';

  constructor(code: ApplyError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A policy as drizzle-kit's snapshot has it. */
export interface Policy {
  readonly name: string;
  readonly as: string;
  readonly for: string;
  readonly to: readonly string[];
  readonly using?: string;
  readonly withCheck?: string;
}

interface Snapshot {
  readonly tables: Readonly<
    Record<
      string,
      { readonly schema: string; readonly name: string; readonly policies: Readonly<Record<string, Policy>> }
    >
  >;
}

const LOCK_TIMEOUT_MS = 500;
const STATEMENT_TIMEOUT_MS = 30_000;
const ATTEMPTS = 20;
const LONGEST_PAUSE_MS = 5_000;
const LOCK_NOT_AVAILABLE = '55P03';

/** The functions, triggers and grants of src/functions, then each table's row security and policies, in the order to apply them. */
export function objectsToApply(): readonly SqlObject[] {
  const tables = tablesWithPolicies().map(({ name, policies }) => {
    const statements = policies.flatMap((policy) => replacePolicy(name, policy));
    const text = [`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;`, ...statements].join('\n');
    return { name: `${name} policies`, text };
  });
  return [...readSqlObjects(functionsFolder), ...tables];
}

/** The objects' text as one transaction, for a person to read or to run. */
export function applyScript(): string {
  const objects = objectsToApply().map(({ name, text }) => `-- ${name}\n${text}`);
  return ['BEGIN;', `SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS};`, lockTables(), ...objects, 'COMMIT;'].join('\n\n');
}

/**
 * Makes every object's current text and rights again, in one transaction; doing it twice changes nothing more. It waits for
 * the tables' locks at its beginning alone, half a second at a time, so that it never holds up others for longer.
 *
 * @param onRetry called with the number of attempts that ended in a lock timeout
 * @throws ApplyError
 */
export async function applySqlObjects(url: string, onRetry: (attempt: number) => void): Promise<void> {
  const sql = commandConnection(url);
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await applyOnce(sql);
      } catch (error) {
        if (!(error instanceof ApplyError) || error.code !== 'LOCK_TIMEOUT' || attempt === ATTEMPTS) throw error;
        onRetry(attempt);
        await setTimeout(Math.min(250 * 2 ** attempt, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2));
      }
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function applyOnce(sql: Sql): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction.unsafe(
      `SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}; SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}`,
    );
    for (const { name, text } of [{ name: 'the tables', text: lockTables() }, ...objectsToApply()]) {
      try {
        await transaction.unsafe(text);
      } catch (cause) {
        throw failureOf(name, cause);
      }
    }
  });
}

function failureOf(name: string, cause: unknown): unknown {
  if (!(cause instanceof postgres.PostgresError)) return cause;
  if (cause.code === LOCK_NOT_AVAILABLE)
    return new ApplyError('LOCK_TIMEOUT', `${name}: others held the locks for too long; nothing was changed`, {
      cause,
    });
  return new ApplyError('STATEMENT_FAILED', `${name}: ${cause.message} (${cause.code}); nothing was changed`, {
    cause,
  });
}

/** All at once and first: a lock that is taken later could deadlock with a transaction that holds another table. */
function lockTables(): string {
  const names = tablesWithPolicies().map(({ name }) => name);
  return `LOCK TABLE ${names.join(', ')} IN ACCESS EXCLUSIVE MODE;`;
}

/** The tables of the newest migration, by quoted name, with their policies. */
export function tablesWithPolicies(): { readonly name: string; readonly policies: readonly Policy[] }[] {
  return Object.values(latestSnapshot().tables).map(({ schema, name, policies }) => {
    return { name: `${quoted(schema || 'public')}.${quoted(name)}`, policies: Object.values(policies) };
  });
}

/** The statements that make a policy again; `table` is quoted. */
export function replacePolicy(table: string, policy: Policy): string[] {
  const name = quoted(policy.name);
  const using = policy.using === undefined ? '' : ` USING (${policy.using})`;
  const withCheck = policy.withCheck === undefined ? '' : ` WITH CHECK (${policy.withCheck})`;
  const to = policy.to.map((role) => (role === 'public' ? 'PUBLIC' : quoted(role))).join(', ');
  return [
    `DROP POLICY IF EXISTS ${name} ON ${table};`,
    `CREATE POLICY ${name} ON ${table} AS ${policy.as} FOR ${policy.for} TO ${to}${using}${withCheck};`,
  ];
}

/** What drizzle-kit wrote beside the newest migration: the tables as the schema files describe them. */
function latestSnapshot(): Snapshot {
  const read = <T>(file: string) => JSON.parse(readFileSync(join(migrationsFolder, 'meta', file), 'utf8')) as T;
  const { entries } = read<{ readonly entries: readonly { readonly tag: string }[] }>('_journal.json');
  return read<Snapshot>(`${entries.at(-1)?.tag.split('_', 1)[0]}_snapshot.json`);
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
