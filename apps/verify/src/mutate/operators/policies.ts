import type { PolicyObject } from '@app/catalog';
import { type Change, change, type Operator, operator } from '../mutant.ts';
import { mutated, TEXT_MUTATIONS } from '../textMutations.ts';

const COMMANDS = ['all', 'select', 'insert', 'update', 'delete'] as const;

export const POLICY_OPERATORS: readonly Operator[] = [
  operator('policy', 'dropped', (policy) => [change('', drop(policy))]),
  operator('policy', 'USING replaced by true', (policy) =>
    policy.using === undefined || policy.using === 'true' ? [] : [rebuilt(policy, { using: 'true' }, '')],
  ),
  operator('policy', 'WITH CHECK replaced by true', (policy) =>
    policy.command === 'select' || policy.command === 'delete' || policy.check === 'true'
      ? []
      : [rebuilt(policy, { check: 'true' }, '')],
  ),
  operator('policy', 'WITH CHECK dropped', (policy) =>
    policy.check === undefined || policy.using === undefined ? [] : [rebuilt(policy, { check: undefined }, '')],
  ),
  operator('policy', 'USING changed', (policy) => expressions(policy, 'using')),
  operator('policy', 'WITH CHECK changed', (policy) => expressions(policy, 'check')),
  operator('policy', 'roles changed', (policy, { roles }) => [
    ...roles
      .filter((role) => !policy.roles.includes(role))
      .map((role) =>
        rebuilt(policy, { roles: role === 'PUBLIC' ? ['PUBLIC'] : [...policy.roles, role] }, `and ${role}`),
      ),
    ...(policy.roles.length < 2
      ? []
      : policy.roles.map((role) =>
          rebuilt(policy, { roles: policy.roles.filter((one) => one !== role) }, `not ${role}`),
        )),
  ]),
  operator('policy', 'command changed', (policy) =>
    COMMANDS.filter((command) => command !== policy.command).map((command) =>
      rebuilt(
        policy,
        { command, ...(command === 'insert' && { using: undefined, check: policy.check ?? policy.using }) },
        `to ${command}`,
      ),
    ),
  ),
  operator('policy', 'permissive ↔ restrictive', (policy) => [rebuilt(policy, { permissive: !policy.permissive }, '')]),
];

function expressions(policy: PolicyObject, which: 'using' | 'check'): Change[] {
  const expression = policy[which];
  if (expression === undefined) return [];
  const negated = { what: 'the opposite', text: `NOT (${expression})` };
  return [negated, ...TEXT_MUTATIONS.flatMap((mutation) => mutated(expression, mutation))].map(({ what, text }) =>
    rebuilt(policy, { [which]: text }, what),
  );
}

function drop({ identity, table }: PolicyObject): string {
  return `DROP POLICY ${identity.slice(0, -` on ${table}`.length)} ON ${table}`;
}

function rebuilt(policy: PolicyObject, changed: Partial<PolicyObject>, what: string): Change {
  const { permissive, command, roles, using, check, table, identity } = { ...policy, ...changed };
  const name = identity.slice(0, -` on ${table}`.length);
  const create = [
    `CREATE POLICY ${name} ON ${table} AS ${permissive ? 'PERMISSIVE' : 'RESTRICTIVE'} FOR ${command.toUpperCase()}`,
    `TO ${roles.join(', ')}`,
    ...(using === undefined ? [] : [`USING (${using})`]),
    ...(check === undefined || command === 'select' || command === 'delete' ? [] : [`WITH CHECK (${check})`]),
  ];
  return change(what, drop(policy), create.join(' '));
}
