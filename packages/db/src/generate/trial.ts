import {
  createDatabase,
  createTemplate,
  LocalPostgresError,
  startThrowawayServer,
  type ThrowawayServer,
} from '@app/local-postgres';
import { formatError, MigratorError, migrate } from '@app/migrator';
import postgres from 'postgres';
import { GenerateRefused } from './refusal.ts';

/** A part of a migration, which may hold several statements. */
export interface Part {
  readonly text: string;
  /** drizzle-kit's statements keep their order; leaves (triggers, grants) come after all else. */
  readonly kind: 'drop' | 'drizzle' | 'object' | 'leaf';
  /** Texts of the drops that have to come first. */
  readonly after?: readonly string[];
}

/** A throwaway server whose databases begin with what a migrations folder builds. */
export interface Trial {
  /**
   * Finds an order in which the server accepts the parts: a CHECK needs its function first, a function that a CHECK no
   * longer calls can only be dropped afterwards. What is refused is tried again after the others.
   *
   * @throws GenerateRefused where there is no such order, with the server's errors
   */
  order(parts: readonly Part[]): Promise<readonly Part[]>;
  /**
   * Migrates on from there.
   *
   * @throws GenerateRefused where it fails, with the server's error
   */
  migrate(folder: string): Promise<void>;
}

/** @throws GenerateRefused where no server can run, or where the folder itself cannot be applied */
export async function withTrial<T>(folder: string, use: (trial: Trial) => Promise<T>): Promise<T> {
  let server: ThrowawayServer | undefined;
  try {
    const started = await startThrowawayServer({ bootstrap: 'supabase' });
    server = started;
    await createTemplate(started, 'before', (url) => applied(folder, url, 'The migrations so far cannot be applied'));
    const open = async () => (await createDatabase(started, { template: 'before' })).url;
    return await use({
      order: async (parts) => inWorkingOrder(await open(), parts),
      migrate: async (next) => applied(next, await open(), 'What was generated cannot be applied; nothing was written'),
    });
  } catch (error) {
    if (!(error instanceof LocalPostgresError)) throw error;
    if (error.cause instanceof GenerateRefused) throw error.cause;
    const message = `${error.message} Without a server to try it on, only generate --draft writes a migration.`;
    throw new GenerateRefused(2, message, { cause: error });
  } finally {
    await server?.stop();
  }
}

async function applied(folder: string, url: string, words: string): Promise<void> {
  try {
    await migrate({ folder, url, applicationName: 'db generate' });
  } catch (error) {
    if (!(error instanceof MigratorError)) throw error;
    throw new GenerateRefused(1, `${words}:\n${formatError(error)}`, { cause: error });
  }
}

async function inWorkingOrder(url: string, parts: readonly Part[]): Promise<readonly Part[]> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  const ordered: Part[] = [];
  let errors: string[] = [];
  /** Runs what can run by now, and gives the rest; `held`: drops that could not run. */
  const attempt = async (some: readonly Part[], held: readonly Part[]): Promise<Part[]> => {
    const rest: Part[] = [];
    for (const part of some) {
      const waits =
        part.kind === 'drizzle'
          ? rest.some(({ kind }) => kind === 'drizzle')
          : (part.kind === 'leaf' && rest.length + held.length > 0) ||
            held.some(({ text }) => part.after?.includes(text));
      const error = waits ? undefined : await refusalOf(sql, part.text);
      if (error !== undefined) errors.push(error);
      if (waits || error !== undefined) rest.push(part);
      else ordered.push(part);
    }
    return rest;
  };
  try {
    let drops = parts.filter(({ kind }) => kind === 'drop');
    let others = parts.filter(({ kind }) => kind !== 'drop');
    for (let before = -1; ordered.length < parts.length; ) {
      if (ordered.length === before) {
        const message = `No order of its statements can be applied; nothing was written:\n${errors.join('\n')}`;
        throw new GenerateRefused(1, `${message}\nTo finish it by hand: generate --draft writes it as it is.`);
      }
      before = ordered.length;
      errors = [];
      // All drops that can run come before anything is made that could depend on what is still to be dropped.
      for (let size = -1; size !== drops.length; ) {
        size = drops.length;
        errors = [];
        drops = await attempt(drops, []);
      }
      others = await attempt(others, drops);
    }
    return ordered;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** A text of several statements is one implicit transaction: a refused one leaves nothing. */
async function refusalOf(sql: postgres.Sql, text: string): Promise<string | undefined> {
  try {
    await sql.unsafe(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof postgres.PostgresError)) throw error;
    const [first = ''] = text.split('\n').filter((line) => !/^(--.*)?$/.test(line));
    return [`  ${first}`, `    ${error.code} ${error.message}`, error.detail, error.hint]
      .filter(Boolean)
      .join('\n    ');
  }
}
