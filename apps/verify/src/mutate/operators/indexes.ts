import { type IndexObject, objectsOfKind } from '@app/catalog';
import { isUniqueWithin } from '../../derive/model.ts';
import { type Change, change, type Operator, operator, type Surroundings } from '../mutant.ts';
import { mutated, TEXT_MUTATIONS } from '../textMutations.ts';
import { closing, listItems, tokensOf } from '../tokens.ts';

/** Indexes of their own: a constraint's changes with it, a partition's with its parent's. */
const indexOperator = (
  name: string,
  mutate: (index: IndexObject, surroundings: Surroundings) => readonly Change[],
): Operator =>
  operator('index', name, (index, surroundings) =>
    index.constraint === undefined && index.attachedTo === undefined ? mutate(index, surroundings) : [],
  );

export const INDEX_OPERATORS: readonly Operator[] = [
  indexOperator('dropped', ({ identity }) => [change('', `DROP INDEX ${identity}`)]),
  indexOperator('UNIQUE toggled', (index, { catalog }) => {
    const { definition, unique } = index;
    if (!unique && holdsKey(index, catalog)) return [];
    const [from, to] = unique ? ['CREATE UNIQUE INDEX', 'CREATE INDEX'] : ['CREATE INDEX', 'CREATE UNIQUE INDEX'];
    return [rebuilt(index, definition.replace(from, to), unique ? 'dropped' : 'added')];
  }),
  indexOperator('predicate dropped', (index) => {
    const { head, items, predicate } = partsOf(index);
    return predicate === '' ? [] : [rebuilt(index, assembled(head, items, ''), '')];
  }),
  indexOperator('predicate changed', (index) => {
    const { head, items, predicate } = partsOf(index);
    return TEXT_MUTATIONS.flatMap((mutation) => mutated(predicate, mutation))
      .filter(({ text }) => /^ *WHERE/i.test(text))
      .map(({ what, text }) => rebuilt(index, assembled(head, items, text), what));
  }),
  indexOperator('key changed', (index) => {
    const { head, items, predicate } = partsOf(index);
    return items.flatMap((item, n) =>
      TEXT_MUTATIONS.flatMap((mutation) => mutated(item, mutation)).map(({ what, text }) =>
        rebuilt(index, assembled(head, items.with(n, text), predicate), what),
      ),
    );
  }),
  indexOperator('operator class changed', (index) => changedItems(index, otherClass)),
  indexOperator('direction changed', (index) => changedItems(index, otherDirection)),
  indexOperator('columns in another order', (index) => {
    const { head, items, predicate } = partsOf(index);
    return items.length < 2 ? [] : [rebuilt(index, assembled(head, items.toReversed(), predicate), 'reversed')];
  }),
  indexOperator('column removed', (index) => {
    const { head, items, predicate } = partsOf(index);
    if (items.length < 2) return [];
    return items.map((item, n) => rebuilt(index, assembled(head, items.toSpliced(n, 1), predicate), item));
  }),
];

/** Whether no two rows could share its keys anyway: it holds those of a unique index. */
function holdsKey({ table, keys }: IndexObject, catalog: Surroundings['catalog']): boolean {
  return objectsOfKind(catalog, 'index').some(
    (other) => other.table === table && other.predicate === undefined && isUniqueWithin(other, keys),
  );
}

function rebuilt({ identity }: IndexObject, definition: string, what: string): Change {
  return change(what, `DROP INDEX ${identity}`, definition);
}

interface Parts {
  /** Up to the parenthesis. */
  readonly head: string;
  /** The keys as they are written, with operator class and direction. */
  readonly items: readonly string[];
  /** What follows them: INCLUDE, WITH, WHERE. */
  readonly predicate: string;
}

function partsOf({ definition, settings }: IndexObject): Parts {
  const text = settings.reduce((rest, setting) => rest.replace(`;\n${setting}`, ''), definition);
  const tokens = tokensOf(text);
  const using = tokens.findIndex((token) => token.text === 'USING');
  const open = using + 2;
  const items = listItems(tokens, open).map(([first, last]) => text.slice(tokens[first]?.start, tokens[last]?.end));
  return { head: text.slice(0, tokens[open]?.start), items, predicate: text.slice(tokens[closing(tokens, open)]?.end) };
}

function assembled(head: string, items: readonly string[], predicate: string): string {
  return `${head}(${items.join(', ')})${predicate}`;
}

function changedItems(index: IndexObject, other: (item: string, index: IndexObject) => string | undefined): Change[] {
  const { head, items, predicate } = partsOf(index);
  return items.flatMap((item, n): Change[] => {
    const changed = other(item, index);
    return changed === undefined ? [] : [rebuilt(index, assembled(head, items.with(n, changed), predicate), changed)];
  });
}

/** Only where there are two that a key may have: text. The server refuses it for other types. */
function otherClass(item: string, { method }: IndexObject): string | undefined {
  if (method !== 'btree') return undefined;
  return item.includes('_pattern_ops')
    ? item.replace(/ \w+_pattern_ops/, '')
    : `${item.replace(/ (DESC|NULLS).*/, '')} text_pattern_ops`;
}

/** One key alone is read in both directions: its own changes nothing. */
function otherDirection(item: string, { keys, method }: IndexObject): string | undefined {
  if (keys.length < 2 || method !== 'btree') return undefined;
  return item.includes(' DESC') ? item.replace(/ DESC( NULLS \w+)?/, '') : `${item.replace(/ NULLS \w+/, '')} DESC`;
}
