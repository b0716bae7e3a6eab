import type { AccessConfig } from '../src/access.ts';
import {
  BEHIND_GRANTS,
  CLIENTS,
  FUNCTION_ACCESS,
  RUNS_AS_CALLER,
  SCHEMA_ACCESS,
  SEQUENCE_ACCESS,
  TABLE_ACCESS,
} from './data/accessMatrix.ts';
import { FUNCTION_CALLS, layOutRows, OWNER, STRANGER, TABLE_ROWS } from './data/accessRows.ts';

type Identity = Omit<AccessConfig['clients'][number], 'name'>;

const IDENTITIES: Readonly<Record<(typeof CLIENTS)[number], Identity>> = {
  anon: { role: 'anon', claims: { role: 'anon' } },
  owner: { role: 'authenticated', claims: { role: 'authenticated', sub: OWNER } },
  stranger: { role: 'authenticated', claims: { role: 'authenticated', sub: STRANGER } },
  service_role: { role: 'service_role', claims: { role: 'service_role' } },
  others: {},
};

/** Who may do what in the library: the matrix, and the rows and calls that it is tried on. */
export const ACCESS: AccessConfig = {
  clients: CLIENTS.map((name) => ({ name, ...IDENTITIES[name] })),
  tables: TABLE_ACCESS,
  functions: FUNCTION_ACCESS,
  sequences: SEQUENCE_ACCESS,
  schemas: SCHEMA_ACCESS,
  rowSecurity: BEHIND_GRANTS,
  asCaller: RUNS_AS_CALLER,
  rows: TABLE_ROWS,
  calls: FUNCTION_CALLS,
  layOut: layOutRows,
};
