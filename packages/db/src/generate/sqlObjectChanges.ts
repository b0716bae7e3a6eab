import { deparse, parse } from 'pgsql-parser';
import { compareSqlObjects, type SqlObject } from '../sqlObjects.ts';
import { GenerateRefused } from './refusal.ts';

type Parsed = Awaited<ReturnType<typeof parse>>;
type Node = NonNullable<NonNullable<Parsed['stmts']>[number]['stmt']>;

/** The part of the next migration that changes SQL objects. */
export interface SqlObjectChanges {
  /** DROP and REVOKE statements: triggers and policies first, then views, functions, schemas. Never CASCADE. */
  readonly drops: readonly string[];
  /** The objects to run, in the folder's order: those that changed, and those that lose something by a DROP. */
  readonly created: readonly CreatedObject[];
  /** Names of objects whose file was deleted. */
  readonly removed: readonly string[];
}

interface CreatedObject extends SqlObject {
  /** True where it has only triggers, policies and grants, on which nothing in the schema depends. */
  readonly isDependent: boolean;
  /** The DROP statements that have to come before it. */
  readonly after: readonly string[];
}

/** A CREATE statement for which this module can derive the DROP. */
interface Definition {
  /** Name of the SQL object whose text contains it. */
  readonly object: string;
  readonly statement: Node;
  readonly drop: string;
  /** Position among the drops. */
  readonly rank: number;
  /** Its schema-qualified name; undefined for triggers and policies, to which no statement refers. */
  readonly name: string | undefined;
  /** Names that the statement refers to, without those in string bodies. */
  readonly uses: ReadonlySet<string>;
}

interface ReadObject extends SqlObject {
  readonly definitions: readonly Definition[];
  /** GRANTs, comments and the like. */
  readonly others: readonly Node[];
}

/**
 * Finds the DROPs and the objects to run so that the migrations end in the current objects. What CREATE OR REPLACE cannot change is
 * dropped first, with the objects that depend on it. Dependents and grants that a DROP removes are created again.
 *
 * @param current the folder's objects
 * @param migrated the objects that the migrations end in
 * @param schemaChanges drizzle-kit's statements of the next migration
 * @throws GenerateRefused where a text is not SQL, or where no DROP can be derived for a removed object
 */
export async function planSqlObjects(
  current: readonly SqlObject[],
  migrated: ReadonlyMap<string, string>,
  schemaChanges: string,
): Promise<SqlObjectChanges> {
  const { changed, removed } = compareSqlObjects(current, migrated);
  const { gone, recreated } = await droppedBy(schemaChanges);
  if (changed.length + removed.length + gone.size + recreated.size === 0) return { drops: [], created: [], removed };
  const before = await Promise.all([...migrated].map(([name, text]) => readObject({ name, text })));
  const after = await Promise.all(current.map(readObject));
  const successors = new Map(
    after.flatMap(({ definitions }) => definitions.map((creation) => [creation.drop, creation])),
  );

  const created = new Set(changed.map(({ name }) => name));
  const dropped = new Set<Definition>();
  const lost = new Set([...gone, ...recreated]);
  for (let size = -1; size !== created.size + dropped.size; ) {
    size = created.size + dropped.size;
    for (const old of before.flatMap(({ definitions }) => definitions)) {
      const next = successors.get(old.drop);
      const stays = next !== undefined && (!created.has(next.object) || (await replaces(next, old)));
      if (stays && !overlap(old.uses, lost)) continue;
      dropped.add(old);
      if (old.name !== undefined) lost.add(old.name);
      if (next !== undefined) created.add(next.object);
    }
    for (const { name, others } of after) if (others.some((node) => overlap(namesIn(node), lost))) created.add(name);
  }

  for (const name of removed) assertDroppable(before.find((object) => object.name === name));
  const revokes = await Promise.all(
    removedGrants(before, after, removed)
      .filter((node) => !overlap(namesIn(node), lost))
      .map(async (node) => `${await deparse(node)};`),
  );
  const drops = [...dropped]
    .filter(({ name, uses }) => name !== undefined || !overlap(uses, gone))
    .sort((a, b) => a.rank - b.rank)
    .map(({ drop }) => drop);
  return {
    drops: [...revokes, ...drops],
    created: after.filter(({ name }) => created.has(name)).map(toCreated),
    removed,
  };

  function toCreated({ name, text, definitions, others }: ReadObject): CreatedObject {
    const isDependent = definitions.every((creation) => creation.name === undefined) && !others.some(createsSomething);
    const dropsFirst = definitions.map(({ drop }) => drop).filter((drop) => drops.includes(drop));
    return { name, text, isDependent, after: dropsFirst };
  }
}

async function readObject({ name, text }: SqlObject): Promise<ReadObject> {
  const definitions: Definition[] = [];
  const others: Node[] = [];
  for (const statement of await statementsOf(text, `src/functions/${name}.sql`)) {
    const droppable = droppableOf(statement);
    if (droppable === undefined) others.push(statement);
    else {
      const uses = new Set([...namesIn(statement)].filter((used) => used !== droppable.name));
      const drop = `${await deparse(droppable.drop)};`;
      definitions.push({ object: name, statement, drop, rank: droppable.rank, name: droppable.name, uses });
    }
  }
  return { name, text, definitions, others };
}

async function statementsOf(text: string, where: string): Promise<Node[]> {
  if (text === '') return [];
  try {
    const { stmts = [] } = await parse(text);
    return stmts.flatMap(({ stmt }) => stmt ?? []);
  } catch (cause) {
    throw new GenerateRefused(2, `${where}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Names of the objects that drizzle-kit's statements drop (`gone`), and of those that they drop and create again (`recreated`). */
async function droppedBy(schemaChanges: string): Promise<{ gone: Set<string>; recreated: Set<string> }> {
  const statements = await statementsOf(schemaChanges, 'the SQL of drizzle-kit');
  const all = (kind: string) => statements.flatMap((node) => (kind in node ? [...namesIn(node)] : []));
  const made = new Set(['CreateStmt', 'ViewStmt', 'CreateTableAsStmt', 'CreateEnumStmt'].flatMap(all));
  const dropped = statements.flatMap((node) =>
    'DropStmt' in node && /_(TABLE|VIEW|MATVIEW|TYPE)$/.test(node.DropStmt.removeType ?? '') ? [...namesIn(node)] : [],
  );
  const recreated = new Set(dropped.filter((name) => made.has(name)));
  return { gone: new Set(dropped.filter((name) => !recreated.has(name))), recreated };
}

/** True where running the new statement over the old object has its full effect. */
async function replaces({ statement: next }: Definition, { statement: old }: Definition): Promise<boolean> {
  if ('CreateFunctionStmt' in next && 'CreateFunctionStmt' in old) {
    // The signature is the name, the parameters with their names and defaults, and the result.
    const signature = ({ options: _, ...rest }: typeof next.CreateFunctionStmt) =>
      deparse({ CreateFunctionStmt: { ...rest, replace: true, options: [] } });
    const [a, b] = [await signature(next.CreateFunctionStmt), await signature(old.CreateFunctionStmt)];
    return next.CreateFunctionStmt.replace === true && a === b;
  }
  if ('CreateTrigStmt' in next && 'CreateTrigStmt' in old) {
    const isConstraint = next.CreateTrigStmt.isconstraint === true || old.CreateTrigStmt.isconstraint === true;
    return next.CreateTrigStmt.replace === true && !isConstraint;
  }
  if ('CreateSchemaStmt' in next) return next.CreateSchemaStmt.if_not_exists === true;
  // The text does not say which columns `*` stands for: a changed view is dropped and created again.
  return 'ViewStmt' in next && next.ViewStmt.replace === true && (await deparse(next)) === (await deparse(old));
}

function droppableOf(statement: Node): { drop: Node; rank: number; name?: string } | undefined {
  const dropOf = (removeType: ObjectType, object: Node): Node => ({
    DropStmt: { objects: [object], removeType, behavior: 'DROP_RESTRICT' },
  });
  const list = (...parts: (string | undefined)[]): Node => ({
    List: { items: parts.flatMap((part) => (part === undefined ? [] : [{ String: { sval: part } }])) },
  });
  if ('CreateTrigStmt' in statement) {
    const { relation, trigname } = statement.CreateTrigStmt;
    return { drop: dropOf('OBJECT_TRIGGER', list(relation?.schemaname, relation?.relname, trigname)), rank: 0 };
  }
  if ('CreatePolicyStmt' in statement) {
    const { table, policy_name } = statement.CreatePolicyStmt;
    return { drop: dropOf('OBJECT_POLICY', list(table?.schemaname, table?.relname, policy_name)), rank: 0 };
  }
  if (
    'ViewStmt' in statement ||
    ('CreateTableAsStmt' in statement && statement.CreateTableAsStmt.objtype === MATVIEW)
  ) {
    const view = 'ViewStmt' in statement ? statement.ViewStmt.view : statement.CreateTableAsStmt.into?.rel;
    const parts = [view?.schemaname, view?.relname];
    const drop = dropOf('ViewStmt' in statement ? 'OBJECT_VIEW' : MATVIEW, list(...parts));
    return { drop, rank: 1, name: qualified(parts.filter((part) => part !== undefined)) };
  }
  if ('CreateFunctionStmt' in statement) {
    const { funcname = [], parameters = [], is_procedure } = statement.CreateFunctionStmt;
    const objargs = parameters.flatMap((node) =>
      'FunctionParameter' in node && isInput(node.FunctionParameter.mode) && node.FunctionParameter.argType
        ? [{ TypeName: node.FunctionParameter.argType }]
        : [],
    );
    const object = { ObjectWithArgs: { objname: funcname, objargs } };
    const drop = dropOf(is_procedure === true ? 'OBJECT_PROCEDURE' : 'OBJECT_FUNCTION', object);
    return { drop, rank: 2, name: qualified(funcname.flatMap((part) => stringOf(part) ?? [])) };
  }
  if ('CreateSchemaStmt' in statement) {
    const name = statement.CreateSchemaStmt.schemaname ?? '';
    return { drop: dropOf('OBJECT_SCHEMA', { String: { sval: name } }), rank: 3, name };
  }
  return undefined;
}

type ObjectType =
  | 'OBJECT_TRIGGER'
  | 'OBJECT_POLICY'
  | 'OBJECT_VIEW'
  | 'OBJECT_MATVIEW'
  | `OBJECT_${'FUNCTION' | 'PROCEDURE' | 'SCHEMA'}`;
const MATVIEW = 'OBJECT_MATVIEW';

function isInput(mode: string | undefined): boolean {
  return mode !== 'FUNC_PARAM_OUT' && mode !== 'FUNC_PARAM_TABLE';
}

const createsSomething = (node: Node): boolean =>
  /^(Create|Define|Composite|Index|Rule)/.test(Object.keys(node)[0] ?? '');

function assertDroppable(object: ReadObject | undefined): void {
  if (object === undefined || !object.others.some(createsSomething)) return;
  throw new GenerateRefused(
    2,
    `src/functions/${object.name}.sql is gone, and no DROP can be derived for all that it created. ` +
      'Put the file back, or write the migration with generate --custom --draft and add the DROP to it.',
  );
}

/** REVOKEs of the GRANTs of removed objects that no current object repeats. */
function removedGrants(
  before: readonly ReadObject[],
  after: readonly ReadObject[],
  removed: readonly string[],
): Node[] {
  const grants = (objects: readonly ReadObject[]) =>
    objects.flatMap(({ others }) => others.filter((node) => 'GrantStmt' in node && node.GrantStmt.is_grant === true));
  const kept = new Set(grants(after).map(withoutLocations));
  return grants(before.filter(({ name }) => removed.includes(name)))
    .filter((node) => !kept.has(withoutLocations(node)))
    .flatMap((node) => ('GrantStmt' in node ? [{ GrantStmt: { ...node.GrantStmt, is_grant: false } }] : []));
}

function withoutLocations(node: Node): string {
  return JSON.stringify(node, (key, value: unknown) => (key === 'location' ? undefined : value));
}

/** Every name that a statement may refer to, schema-qualified. Strings that are no names are included: they match no object. */
function namesIn(node: unknown, names = new Set<string>()): Set<string> {
  if (Array.isArray(node)) {
    const parts = node.map(stringOf);
    if (parts.length > 0 && parts.every((part) => part !== undefined)) names.add(qualified(parts));
    for (const part of node) namesIn(part, names);
  } else if (typeof node === 'object' && node !== null) {
    if ('relname' in node) {
      names.add(`${'schemaname' in node ? node.schemaname : 'public'}.${node.relname}`);
    }
    for (const part of Object.values(node)) namesIn(part, names);
  }
  return names;
}

function stringOf(node: unknown): string | undefined {
  const { String: value } = (node ?? {}) as { String?: { sval?: string } };
  return value?.sval;
}

function qualified(parts: readonly string[]): string {
  return parts.length === 1 ? `public.${parts[0]}` : parts.slice(0, 2).join('.');
}

function overlap(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  for (const name of some) if (others.has(name)) return true;
  return false;
}
