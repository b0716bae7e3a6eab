import { STAND_IN_ROLES } from '@app/local-postgres';
import type postgres from 'postgres';
import { ScratchError } from './errors.ts';

export interface Admission {
  readonly major: number;
  /** Roles of the platform that the server lacks. */
  readonly missing: readonly string[];
}

interface Facts {
  role: string;
  version: number;
  superuser: boolean;
  creates: boolean;
  roles: string[];
}

const FACTS = `
  SELECT r.rolname::text AS role, current_setting('server_version_num')::int AS version, r.rolsuper AS superuser,
    r.rolcreatedb OR r.rolsuper AS creates,
    (SELECT coalesce(jsonb_agg(o.rolname), '[]') FROM pg_roles o WHERE o.rolname IN (SELECT jsonb_array_elements_text($1::text::jsonb))) AS roles
  FROM pg_roles r WHERE r.rolname = current_user`;

/** Whether a run may begin on that server; reads its roles and changes nothing. @throws ScratchError */
export async function admit(sql: postgres.Sql, wantsRoles: boolean, mayCreateRoles: boolean): Promise<Admission> {
  const [facts] = await sql.unsafe<Facts[]>(FACTS, [JSON.stringify(STAND_IN_ROLES)]);
  if (facts === undefined) throw new ScratchError('CONNECT_FAILED', 'The server does not say who is connected.');
  const { role, version, superuser, creates, roles } = facts;
  const major = Math.floor(version / 10_000);
  if (major < 15) throw new ScratchError('TOO_OLD', `The server is PostgreSQL ${major}; 15 or newer is needed.`);
  if (!creates) {
    const way = `ALTER ROLE … CREATEDB, or name another role in the URL`;
    throw new ScratchError('NOT_ALLOWED', `The role ${role} may not create databases there: ${way}.`);
  }
  if (!superuser) {
    const why = 'the proofs change owners and act as other roles, each in a transaction that is rolled back';
    throw new ScratchError(
      'NOT_ALLOWED',
      `The role ${role} is no superuser there: ${why}. Name a superuser in the URL.`,
    );
  }
  const missing = wantsRoles ? STAND_IN_ROLES.filter((name) => !roles.includes(name)) : [];
  if (missing.length > 0 && !mayCreateRoles) {
    const way = 'create them there, or let this run do so, and drop them again, with --create-roles';
    const text = `The project needs the roles ${missing.join(', ')}, which belong to the whole server and are not there`;
    throw new ScratchError('ROLES_MISSING', `${text}: ${way}.`);
  }
  return { major, missing };
}
