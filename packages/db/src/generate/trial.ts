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

/** A part of a migration: one or more statements. */
export interface Part {
  readonly text: string;
  /** drizzle-kit's statements keep their order; dependents (triggers, policies, grants) come last. */
  readonly kind: 'drop' | 'drizzle' | 'object' | 'dependent';
  /** Texts of the drops that have to come before it. */
  readonly after?: readonly string[];
}

/** A throwaway server whose databases are copies of a migrated one. */
export interface Trial {
  /**
   * Finds an order in which the server accepts the parts, by trying a refused part again after the others. A CHECK needs its
   * function first, for example, and a function can be dropped only once no CHECK calls it.
   *
   * @throws GenerateRefused where there is no such order, with the server's errors
   */
  order(parts: readonly Part[]): Promise<readonly Part[]>;
  /**
   * Applies the pending migrations of a folder.
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
    await createTemplate(started, 'before', (url) =>
      migrateOrRefuse(folder, url, 'The migrations so far cannot be applied'),
    );
    const open = async () => (await createDatabase(started, { template: 'before' })).url;
    return await use({
      order: async (parts) => findOrder(await open(), parts),
      migrate: async (next) =>
        migrateOrRefuse(next, await open(), 'What was generated cannot be applied; nothing was written'),
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

async function migrateOrRefuse(folder: string, url: string, reason: string): Promise<void> {
  try {
    await migrate({ folder, url, applicationName: 'db generate' });
  } catch (error) {
    if (!(error instanceof MigratorError)) throw error;
    throw new GenerateRefused(1, `${reason}:\n${formatError(error)}`, { cause: error });
  }
}

async function findOrder(url: string, parts: readonly Part[]): Promise<readonly Part[]> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  const ordered: Part[] = [];
  let errors: string[] = [];
  /** Runs the parts that can run now and returns the others. `blocked` are the drops that could not run. */
  const attempt = async (some: readonly Part[], blocked: readonly Part[]): Promise<Part[]> => {
    const rest: Part[] = [];
    for (const part of some) {
      const mustWait =
        part.kind === 'drizzle'
          ? rest.some(({ kind }) => kind === 'drizzle')
          : (part.kind === 'dependent' && rest.length + blocked.length > 0) ||
            blocked.some(({ text }) => part.after?.includes(text));
      const error = mustWait ? undefined : await refusalOf(sql, part.text);
      if (error !== undefined) errors.push(error);
      if (mustWait || error !== undefined) rest.push(part);
      else ordered.push(part);
    }
    return rest;
  };
  try {
    let drops = parts.filter(({ kind }) => kind === 'drop');
    let others = parts.filter(({ kind }) => kind !== 'drop');
    for (let previous = -1; ordered.length < parts.length; ) {
      if (ordered.length === previous) {
        const message = `No order of its statements can be applied; nothing was written:\n${errors.join('\n')}`;
        throw new GenerateRefused(1, `${message}\nTo finish it by hand: generate --draft writes it as it is.`);
      }
      previous = ordered.length;
      errors = [];
      // All possible drops come first, so that nothing new depends on an object that is still to be dropped.
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

/** The server's error for a text, if any. Its statements are one implicit transaction, so that an error leaves nothing. */
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
