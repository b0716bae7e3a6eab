import type { Outcome, Outcomes } from '../access.ts';
import type { Actor } from '../sql/actors.ts';
import { notAllowed } from '../sql/attempt.ts';

export const FIX = 'mend the grants or the policy by a migration; who may do what is in `access` of the config';

export function outcomeFor(actor: Actor, outcomes: Outcomes | undefined): Outcome {
  if (actor.position === undefined) return 'all';
  return outcomes?.[actor.position] ?? 'refused';
}

export function denied(kind: 'table' | 'function' | 'sequence' | 'schema', identity: string): string {
  return notAllowed(`permission denied for ${kind} ${nameOf(identity)}`);
}

export function nameOf(identity: string): string {
  return identity.replace(/\(.*/, '').replace(/^[^.]*\./, '');
}
