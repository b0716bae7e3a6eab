import type { Sql } from 'postgres';
import { commandConnection } from './commandConnection.ts';
import { functionsFolder } from './migrations.ts';
import { readSqlObjects, type SqlObject } from './sqlObjects.ts';

/** A role's privileges on one object of the source. */
export interface Right {
  /** The object as in the source: `TABLE public.uploads`, `FUNCTION public.create_upload(uuid, …)`. */
  readonly object: string;
  /** `SELECT`, `EXECUTE`; of a single column `UPDATE (title)`. */
  readonly privilege: string;
  readonly role: string;
}

/** The roles of API clients, and PUBLIC. */
const CLIENT_ROLES = ['PUBLIC', 'anon', 'authenticated'];

const KINDS = 'TABLE|SEQUENCE|FUNCTION|SCHEMA';
const REVOKED = new RegExp(`^REVOKE ALL ON (?<object>(?:${KINDS}) [^;]+?) FROM [^;]+;$`, 'gm');
const GRANTED = new RegExp(
  `^GRANT (?<privileges>[^;]+?)\\s+ON (?<object>(?:${KINDS}) [^;]+?) TO (?<roles>[^;]+);$`,
  'gm',
);

/**
 * Privileges of clients on tables, sequences, functions and schemas that the source does not grant, as after a restore into a
 * database with wider default privileges. It reads the catalog alone; a missing object has no privileges.
 *
 * @param objects the source, where each file with GRANTs begins with REVOKE ALL
 */
export async function surplusRights(sql: Sql, objects: readonly SqlObject[]): Promise<readonly Right[]> {
  const texts = objects.map(({ text }) => text);
  const names = texts.flatMap((text) => [...text.matchAll(REVOKED)].map(({ groups }) => groups?.object ?? ''));
  const given = new Set(texts.flatMap(rightsGiven).map(keyOf));
  const held = await sql.begin('READ ONLY', async (transaction) => {
    await transaction`SET LOCAL statement_timeout = '10s'`;
    return await transaction<Right[]>`
      WITH ours AS (
        SELECT name, split_part(name, ' ', 1) AS kind, substr(name, strpos(name, ' ') + 1) AS called
          FROM unnest(${names}::text[]) AS name
      ), lists AS (
        SELECT o.name, NULL::name AS "column", c.relacl AS acl
          FROM ours AS o JOIN pg_class AS c ON o.kind IN ('TABLE', 'SEQUENCE') AND c.oid = to_regclass(o.called)
        UNION ALL
        SELECT o.name, a.attname, a.attacl
          FROM ours AS o JOIN pg_attribute AS a ON o.kind = 'TABLE' AND a.attrelid = to_regclass(o.called)
         WHERE NOT a.attisdropped
        UNION ALL
        -- A function without a list is open to everybody.
        SELECT o.name, NULL, coalesce(p.proacl, acldefault('f', p.proowner))
          FROM ours AS o JOIN pg_proc AS p ON o.kind = 'FUNCTION' AND p.oid = to_regprocedure(o.called)
        UNION ALL
        SELECT o.name, NULL, n.nspacl
          FROM ours AS o JOIN pg_namespace AS n ON o.kind = 'SCHEMA' AND n.oid = to_regnamespace(o.called)
      )
      SELECT l.name AS object, a.privilege_type || coalesce(' (' || l."column" || ')', '') AS privilege,
             coalesce(r.rolname, 'PUBLIC') AS role
        FROM lists AS l CROSS JOIN aclexplode(l.acl) AS a LEFT JOIN pg_roles AS r ON r.oid = a.grantee
       WHERE coalesce(r.rolname, 'PUBLIC') = ANY (${CLIENT_ROLES})
       ORDER BY 1, 3, 2`;
  });
  return held.filter((right) => !given.has(keyOf(right)));
}

/** The part of `status` about privileges: the surplus ones of the database at `url`, and a warning where there are any. */
export async function rightsNotes(
  url: string,
): Promise<{ fields: { surplusRights: readonly Right[] }; warning?: string }> {
  const sql = commandConnection(url);
  try {
    const surplus = await surplusRights(sql, readSqlObjects(functionsFolder));
    return { fields: { surplusRights: surplus }, ...(surplus.length === 0 ? {} : { warning: formatSurplus(surplus) }) };
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** The text of the warning, with a line for each role and object. */
export function formatSurplus(surplus: readonly Right[]): string {
  const privileges = new Map<string, string[]>();
  for (const { object, privilege, role } of surplus) {
    const holder = `${role} on ${object}`;
    privileges.set(holder, [...(privileges.get(holder) ?? []), privilege]);
  }
  const lines = [...privileges].map(([holder, held]) => `  ${holder}: ${held.join(', ')}`);
  return ['Warning: client roles hold rights that the source does not give:', ...lines, MENDED_BY].join('\n');
}

const MENDED_BY = 'They are taken away by: pnpm --filter db sql-objects:apply';

function rightsGiven(text: string): Right[] {
  return [...text.matchAll(GRANTED)].flatMap(({ groups: { privileges = '', object = '', roles = '' } = {} }) =>
    privilegesOf(privileges).flatMap((privilege) =>
      roles.split(/,\s*/).map((role): Right => ({ object, privilege, role: role.trim() })),
    ),
  );
}

/** `SELECT, UPDATE (title, size)`: a privilege for each column. */
function privilegesOf(list: string): string[] {
  return [...list.matchAll(/(?<name>[A-Z]+)(?:\s*\((?<columns>[^)]+)\))?/g)].flatMap(
    ({ groups: { name, columns } = {} }) =>
      columns === undefined ? [name ?? ''] : columns.split(/,\s*/).map((column) => `${name} (${column.trim()})`),
  );
}

function keyOf({ object, privilege, role }: Right): string {
  return [object, privilege, role].join('\n');
}
