import type { AccessConfig, Accesses, TableRule } from '@app/verifier';
import { userId } from './data/users.ts';

export const OWNER = userId(1);
const STRANGER = userId(2);

/**
 * The clients, in the order of the outcomes below. `owner` and `stranger` are both `authenticated`: the owner has rows, the
 * stranger has none. `others` is a role without grants.
 */
export const CLIENTS = ['anon', 'owner', 'stranger', 'service_role', 'others'] as const;

type Identity = Omit<AccessConfig['clients'][number], 'name'>;

export const IDENTITIES: Readonly<Record<(typeof CLIENTS)[number], Identity>> = {
  anon: { role: 'anon', claims: { role: 'anon' } },
  owner: { role: 'authenticated', claims: { role: 'authenticated', sub: OWNER } },
  stranger: { role: 'authenticated', claims: { role: 'authenticated', sub: STRANGER } },
  service_role: { role: 'service_role', claims: { role: 'service_role' } },
  others: {},
};

export const NO_CLIENT: Accesses = ['refused', 'refused', 'refused', 'refused', 'refused'];
export const SERVICE_ONLY: Accesses = ['refused', 'refused', 'refused', 'all', 'refused'];
export const OWN_ROWS: Accesses = ['refused', 'own', 'none', 'all', 'refused'];
export const API_ROLES: Accesses = ['all', 'all', 'all', 'all', 'refused'];
/** The functions that CHECKs call: every role that writes rows needs EXECUTE. Their schema is closed to clients. */
export const WRITING_ROLES: Accesses = ['refused', 'all', 'all', 'all', 'refused'];
export const EVERY_CLIENT: Accesses = ['all', 'all', 'all', 'all', 'all'];

/** Row security alone: it hides every row from clients, and service_role bypasses it. */
export const HIDDEN_FROM_CLIENTS: Accesses = ['none', 'none', 'none', 'all', 'none'];

/** service_role may read; only functions and triggers write. */
export const SERVICE_READS: readonly TableRule[] = [[['select'], 'rest', SERVICE_ONLY]];
