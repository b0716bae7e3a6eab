import { type ConstraintObject, objectKey } from '@app/catalog';
import { type Change, change, type Operator, operator, type Surroundings } from '../mutant.ts';
import { mutated, TEXT_MUTATIONS } from '../textMutations.ts';
import { listItems, tokensOf } from '../tokens.ts';

const constraintOperator = (
  name: string,
  mutate: (constraint: ConstraintObject, surroundings: Surroundings) => readonly Change[],
): Operator => operator('constraint', name, (constraint, all) => (constraint.inherited ? [] : mutate(constraint, all)));

export const CONSTRAINT_OPERATORS: readonly Operator[] = [
  constraintOperator('dropped', (constraint) => [change('', drop(constraint))]),
  constraintOperator('NOT VALID over a row that breaks it', (constraint, { violate }) => {
    const violation = violate(objectKey(constraint));
    if (violation === undefined) return [];
    return [change('', drop(constraint), violation, `${add(constraint)} NOT VALID`)];
  }),
  constraintOperator('CHECK replaced by TRUE', (constraint) =>
    constraint.type === 'check' ? [replaced(constraint, 'CHECK (true)', 'always true')] : [],
  ),
  ...TEXT_MUTATIONS.map((mutation) =>
    constraintOperator(`CHECK: ${mutation.name}`, (constraint) =>
      constraint.type !== 'check'
        ? []
        : mutated(rule(constraint), mutation).map(({ what, text }) => replaced(constraint, text, what)),
    ),
  ),
  constraintOperator('key made an index that is not unique', (constraint) => {
    if (constraint.type !== 'unique' && constraint.type !== 'primary key') return [];
    const columns = rule(constraint)
      .replace(/^[^(]*/, '')
      .replace(/\).*$/, ')');
    return [change('', drop(constraint), `CREATE INDEX ${quotedName(constraint)} ON ${constraint.table} ${columns}`)];
  }),
  constraintOperator('column removed from the key', (constraint) =>
    constraint.type === 'unique' || constraint.type === 'primary key' || constraint.type === 'exclude'
      ? withoutEach(rule(constraint)).map((text) => replaced(constraint, text, `to ${text}`))
      : [],
  ),
  constraintOperator('ON DELETE swapped', (constraint) => swappedActions(constraint, 'onDelete')),
  constraintOperator('ON UPDATE swapped', (constraint) => swappedActions(constraint, 'onUpdate')),
  constraintOperator('deferrable', (constraint) =>
    constraint.type === 'check' || constraint.deferrable
      ? []
      : [replaced(constraint, `${rule(constraint)} DEFERRABLE INITIALLY DEFERRED`, 'and deferred')],
  ),
];

function drop(constraint: ConstraintObject): string {
  return `ALTER TABLE ${constraint.table} DROP CONSTRAINT ${quotedName(constraint)} CASCADE`;
}

function add(constraint: ConstraintObject, text = rule(constraint)): string {
  return `ALTER TABLE ${constraint.table} ADD CONSTRAINT ${quotedName(constraint)} ${text}`;
}

function replaced(constraint: ConstraintObject, text: string, what: string): Change {
  return change(what, drop(constraint), add(constraint, text));
}

function quotedName({ identity, table }: ConstraintObject): string {
  return identity.slice(0, -` on ${table}`.length);
}

/** What follows the name. */
function rule(constraint: ConstraintObject): string {
  const after = ` ADD CONSTRAINT ${quotedName(constraint)} `;
  return constraint.definition.slice(constraint.definition.indexOf(after) + after.length);
}

/** The definition without each item of its first list. */
function withoutEach(text: string): string[] {
  const tokens = tokensOf(text);
  const open = tokens.findIndex((token) => token.text === '(');
  const items = listItems(tokens, open).map(([first, last]) => text.slice(tokens[first]?.start, tokens[last]?.end));
  if (items.length < 2) return [];
  const [from, to] = [tokens[open]?.end ?? 0, text.indexOf(')', tokens[open]?.end)];
  return items.map((_, n) => text.slice(0, from) + items.filter((_item, m) => m !== n).join(', ') + text.slice(to));
}

const ACTIONS = ['cascade', 'set null', 'no action', 'restrict'] as const;

function swappedActions(constraint: ConstraintObject, which: 'onDelete' | 'onUpdate'): Change[] {
  const { references, deferrable, initiallyDeferred } = constraint;
  if (references === undefined) return [];
  const target = /^FOREIGN KEY \(.*?\) REFERENCES .*?\)/.exec(rule(constraint))?.[0];
  if (target === undefined) return [];
  const suffix = `${deferrable ? ' DEFERRABLE' : ''}${initiallyDeferred ? ' INITIALLY DEFERRED' : ''}`;
  return ACTIONS.filter((action) => action !== references[which]).map((action) => {
    const onDelete = which === 'onDelete' ? action : references.onDelete;
    const onUpdate = which === 'onUpdate' ? action : references.onUpdate;
    return replaced(constraint, `${target} ON UPDATE ${onUpdate} ON DELETE ${onDelete}${suffix}`, `to ${action}`);
  });
}
