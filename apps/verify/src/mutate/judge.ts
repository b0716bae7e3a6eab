import { type Catalog, diffCatalogs, readCatalog } from '@app/catalog';
import postgres from 'postgres';
import type { Scene } from '../check.ts';
import { runCheck } from '../run.ts';
import type { Mutant } from './mutant.ts';
import type { Experience, Proof } from './proofs.ts';

export interface Verdict {
  readonly mutant: Mutant;
  /** `refused`: the server does not take it. `equivalent`: the catalog is the same with it. */
  readonly outcome: 'judged' | 'refused' | 'equivalent';
  /** Why it was refused. */
  readonly reason?: string;
  /** What killed it; undefined where it survived. */
  readonly drift?: string | undefined;
  readonly behaviour?: string | undefined;
  /** Proofs that could not be run on it. */
  readonly notRun?: readonly string[];
}

export interface Court {
  readonly proofs: readonly Proof[];
  readonly experience: Experience;
  /** The catalog without a mutant. */
  readonly original: Catalog;
  readonly read: (scene: Scene) => Promise<Catalog>;
  /** What drift inspection finds in the catalog of a mutated database; undefined for nothing. */
  readonly driftIn: (live: Catalog) => string | undefined;
}

/** Applies the mutant in clones of the migrated database and looks for what kills it. */
export async function judge(mutant: Mutant, court: Court): Promise<Verdict> {
  const ordered = court.experience.ordered(court.proofs, mutant);
  await using scenes = new MutatedScenes(mutant);
  const [first] = ordered;
  if (first === undefined) throw new Error('there is no proof of behaviour');
  const scene = await scenes.of(first);
  if (typeof scene === 'string') return { mutant, outcome: 'refused', reason: scene };
  const live = await court.read(scene);
  if (diffCatalogs(court.original, live).length === 0) return { mutant, outcome: 'equivalent' };
  const drift = court.driftIn(live);
  return { mutant, outcome: 'judged', drift, ...(await killed(ordered, mutant, scenes, court.experience)) };
}

async function killed(
  proofs: readonly Proof[],
  mutant: Mutant,
  scenes: MutatedScenes,
  experience: Experience,
): Promise<Pick<Verdict, 'behaviour' | 'notRun'>> {
  const notRun: string[] = [];
  for (const proof of proofs) {
    const name = `${proof.subject.name}: ${proof.check.name}`;
    const scene = await scenes.of(proof);
    const result = typeof scene === 'string' ? undefined : await runCheck(proof.subject, proof.check, scene);
    if (result?.status === 'failed') {
      experience.learn(mutant, proof);
      return { behaviour: name };
    }
    if (result?.status !== 'passed') notRun.push(`${name}: ${result?.reason ?? scene}`);
  }
  return { behaviour: undefined, ...(notRun.length > 0 && { notRun }) };
}

/** One clone of each ground that is asked for, with the mutant in it. */
class MutatedScenes {
  readonly #mutant: Mutant;
  readonly #scenes = new Map<Proof['ground'], Promise<(Scene & AsyncDisposable) | string>>();
  readonly #opened: AsyncDisposable[] = [];

  constructor(mutant: Mutant) {
    this.#mutant = mutant;
  }

  /** The scene, or why the server refused the mutant. */
  of({ ground }: Proof): Promise<(Scene & AsyncDisposable) | string> {
    const scene = this.#scenes.get(ground) ?? this.#open(ground);
    this.#scenes.set(ground, scene);
    return scene;
  }

  async #open(ground: Proof['ground']): Promise<(Scene & AsyncDisposable) | string> {
    const scene = await ground.clone();
    this.#opened.push(scene);
    return (await refusal(this.#mutant, scene)) ?? scene;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.map((scene) => scene[Symbol.asyncDispose]()));
  }
}

const NOT_ALLOWED = '42501';

/** As the schema's owner, and where it may not as superuser. */
async function refusal({ statements }: Mutant, { sql, superuser }: Scene): Promise<string | undefined> {
  const asOwner = await attempt(statements, sql);
  const error = asOwner?.code === NOT_ALLOWED ? await attempt(statements, superuser) : asOwner;
  return error === undefined ? undefined : `${error.code}: ${error.message}`;
}

async function attempt(statements: readonly string[], sql: postgres.Sql): Promise<postgres.PostgresError | undefined> {
  try {
    await sql.begin(async (transaction) => {
      for (const statement of statements) await transaction.unsafe(statement);
    });
    return undefined;
  } catch (error) {
    if (error instanceof postgres.PostgresError) return error;
    throw error;
  }
}

/** Of the schemas that the migrations make, as drift inspection reads them. */
export function catalogReader(schemas: readonly string[]): Court['read'] {
  return ({ superuser }) => readCatalog(superuser, { schemas });
}
