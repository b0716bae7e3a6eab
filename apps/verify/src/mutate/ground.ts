import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import type { OpenScene, Scene, Subject } from '../check.ts';
import { identifier } from '../sql/statements.ts';

/** A migrated database, with what its subjects prepare, that every mutant gets a clone of. */
export interface Ground {
  readonly subjects: readonly Subject[];
  /** Disposing of the clone drops it. */
  clone(): Promise<Scene & AsyncDisposable>;
}

/** What is done in the end, in reverse order. */
export type Ending = () => PromiseLike<void>;

/**
 * One ground for all subjects that prepare nothing, one for each that does. Left out are subjects that never look at a
 * migrated database of ours: a mutant is none of their business.
 */
export async function layGrounds(subjects: readonly Subject[], open: OpenScene, endings: Ending[]): Promise<Ground[]> {
  const able = subjects.filter(({ startsFrom, database }) => startsFrom === 'migrated' && database === 'shared');
  const bare = able.filter(({ prepare }) => prepare === undefined);
  const groups = [
    ...(bare.length > 0 ? [bare] : []),
    ...able.filter(({ prepare }) => prepare).map((subject) => [subject]),
  ];
  return await Promise.all(groups.map((group) => layGround(group, open, endings)));
}

async function layGround(subjects: readonly Subject[], open: OpenScene, endings: Ending[]): Promise<Ground> {
  const scene = await open('migrated');
  endings.push(() => scene[Symbol.asyncDispose]());
  for (const { prepare } of subjects) await prepare?.(scene);
  // A template has no sessions.
  await Promise.all([scene.sql.end({ timeout: 5 }), scene.superuser.end({ timeout: 5 })]);
  const maintenance = connect(atDatabase(scene.superuserUrl, 'postgres'), 4, MAINTENANCE_TIMEOUT_MS);
  endings.push(() => maintenance.end({ timeout: 5 }));
  return { subjects, clone: () => cloneOf(scene, maintenance) };
}

async function cloneOf(scene: Scene, maintenance: postgres.Sql): Promise<Scene & AsyncDisposable> {
  const template = decodeURIComponent(new URL(scene.url).pathname.slice(1));
  const owner = decodeURIComponent(new URL(scene.url).username);
  const name = `mutant_${randomBytes(6).toString('hex')}`;
  // On a server of our own, whose checkpoints cost nothing: see createDatabase.
  await maintenance.unsafe(
    `CREATE DATABASE ${identifier(name)} TEMPLATE ${identifier(template)} OWNER ${identifier(owner)} STRATEGY file_copy`,
  );
  const [url, superuserUrl] = [atDatabase(scene.url, name), atDatabase(scene.superuserUrl, name)];
  const [sql, superuser] = [connect(url), connect(superuserUrl)];
  const close = async () => {
    await Promise.all([sql.end({ timeout: 1 }), superuser.end({ timeout: 1 })]);
    await maintenance.unsafe(`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`);
  };
  return { ...scene, url, superuserUrl, sql, superuser, [Symbol.asyncDispose]: close };
}

function atDatabase(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(name)}`;
  return other.href;
}

/** What a mutant makes run for ever is evidence against it. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** To clone and to drop is no mutant's work, and waits for checkpoints. */
const MAINTENANCE_TIMEOUT_MS = 120_000;

function connect(url: string, max = 1, timeoutMs = STATEMENT_TIMEOUT_MS): postgres.Sql {
  const connection = { application_name: 'verify --mutate', TimeZone: 'UTC', statement_timeout: timeoutMs };
  return postgres(url, { max, connect_timeout: 10, onnotice: () => undefined, connection });
}
