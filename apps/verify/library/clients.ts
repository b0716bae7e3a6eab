import type { AccessConfig, Accesses, TableRule } from '@app/verifier';
import { userId } from './data/people.ts';

export const OWNER = userId(1);
const STRANGER = userId(2);

/**
 * Who calls, in the order of the outcomes below. Owner and stranger are both `authenticated`: with rows of their own, and
 * without. Others hold no grant.
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

export const NOBODY: Accesses = ['refused', 'refused', 'refused', 'refused', 'refused'];
export const THE_SERVICE: Accesses = ['refused', 'refused', 'refused', 'all', 'refused'];
export const ITS_OWNER: Accesses = ['refused', 'own', 'none', 'all', 'refused'];
export const THE_CLIENTS: Accesses = ['all', 'all', 'all', 'all', 'refused'];
/** The rules that CHECKs call: who may write rows executes them, and nobody outside their schema can name them. */
export const THE_WRITERS: Accesses = ['refused', 'all', 'all', 'all', 'refused'];
export const EVERYBODY: Accesses = ['all', 'all', 'all', 'all', 'all'];

/** Row security alone: no client sees a row, service_role passes it. */
export const NOT_THEIRS: Accesses = ['none', 'none', 'none', 'all', 'none'];

/** service_role reads; functions and triggers alone write. */
export const SERVICE_READS: readonly TableRule[] = [[['select'], 'rest', THE_SERVICE]];
