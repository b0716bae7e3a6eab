import type { AccessConfig } from '../access.ts';
import type { Check, Scene } from '../check.ts';
import { type Actor, type Probe, rolesOf, tryAs } from '../sql/actors.ts';
import { answer, notAllowed, rolledBack } from '../sql/attempt.ts';
import { identifier, literal } from '../sql/statements.ts';
import { denied, FIX, nameOf } from './accessOutcome.ts';

/** What is its owner's alone, and no grant of the matrix gives: each really tried by every client. */
export function ownersChecks(access: AccessConfig): Check[] {
  return [
    ...Object.keys(access.tables).map((table) => ofTable(access, table)),
    {
      name: 'functions, sequences and schemas: what only their owner does',
      fix: FIX,
      prove: ({ superuser }) => tryAs({ superuser, access }, (actor) => ofOthers(access, actor), open(access)),
    },
  ];
}

/** A schema's door alone must not be what keeps its objects shut. */
function open(access: AccessConfig): string[] {
  const everybody = [...rolesOf(access).map(identifier), '$OUTSIDER'].join(', ');
  return Object.keys(access.schemas).map((schema) => `GRANT USAGE ON SCHEMA ${schema} TO ${everybody}`);
}

function ofOthers({ functions, sequences, schemas }: AccessConfig, actor: Actor): Probe[] {
  const owned = [
    ...Object.keys(functions).map((identity) => ['function', identity] as const),
    ...Object.keys(sequences).map((identity) => ['sequence', identity] as const),
    ...Object.keys(schemas).map((identity) => ['schema', identity] as const),
  ];
  return owned
    .map(([kind, identity]) => comment(kind, identity, actor))
    .filter(({ statement }) => !isPlatforms(statement));
}

/** The schema that every database has belongs to the database's owner. */
function isPlatforms(statement: string): boolean {
  return statement === commentOn('schema', 'public');
}

function commentOn(kind: string, identity: string): string {
  return `COMMENT ON ${kind.toUpperCase()} ${identity} IS NULL`;
}

function comment(kind: string, identity: string, actor: Actor): Probe {
  // A function is called what the statement called it.
  const name = kind === 'function' ? identity.replace(/\(.*/, '') : nameOf(identity);
  const refusal = notAllowed(`must be owner of ${kind} ${name}`);
  return { statement: commentOn(kind, identity), expected: actor.position === undefined ? 'done' : refusal };
}

function ofTable(access: AccessConfig, table: string): Check {
  return {
    name: `table ${nameOf(table)}: what only its owner does`,
    fix: FIX,
    prove: async ({ superuser }) => {
      const { key, types, major } = await keyOf(superuser, table);
      const refusal = denied('table', table);
      const reference = `CREATE TABLE verify_own.child (${types}, FOREIGN KEY (${key}) REFERENCES ${table} (${key}))`;
      const probes: readonly (readonly [statement: string, refused: string])[] = [
        ...(key === '' ? [] : [[reference, refusal] as const]),
        // Before PostgreSQL 17 it cannot be granted.
        [`REINDEX TABLE ${table}`, major >= 17 ? refusal : notAllowed(`must be owner of table ${nameOf(table)}`)],
      ];
      return await tryAs(
        { superuser, access },
        (actor) => [
          comment('table', table, actor),
          ...probes.map(([statement, refused]) => ({
            statement,
            expected: actor.position === undefined ? 'done' : refused,
          })),
        ],
        ['CREATE SCHEMA verify_own', 'GRANT USAGE, CREATE ON SCHEMA verify_own TO PUBLIC', ...open(access)],
      );
    },
  };
}

async function keyOf(superuser: Scene['superuser'], table: string) {
  const columns = (what: string) => `SELECT coalesce(string_agg(${what}, ', '), '') FROM pg_index i JOIN pg_attribute a
    ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) WHERE i.indisprimary AND i.indrelid = ${literal(table)}::regclass`;
  return await rolledBack(superuser, async (transaction) => ({
    key: await answer(transaction, columns('quote_ident(a.attname)')),
    types: await answer(transaction, columns(`quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)`)),
    major: Math.floor(Number(await answer(transaction, `SELECT current_setting('server_version_num')`)) / 10_000),
  }));
}
