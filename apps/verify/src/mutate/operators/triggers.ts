import type { TriggerObject } from '@app/catalog';
import { type Change, change, type Operator, operator } from '../mutant.ts';
import { mutated, TEXT_MUTATIONS } from '../textMutations.ts';
import { closing, type Token, tokensOf } from '../tokens.ts';

const triggerOperator = (name: string, mutate: (trigger: TriggerObject) => readonly Change[]): Operator =>
  operator('trigger', name, (trigger) => (trigger.inherited ? [] : mutate(trigger)));

export const TRIGGER_OPERATORS: readonly Operator[] = [
  triggerOperator('dropped', (trigger) => [change('', drop(trigger))]),
  triggerOperator('disabled', (trigger) =>
    ['DISABLE', 'ENABLE REPLICA'].map((action) =>
      change(action, `ALTER TABLE ${trigger.table} ${action} TRIGGER ${quotedName(trigger)}`),
    ),
  ),
  triggerOperator('event removed', (trigger) => {
    const { head, events, rest } = partsOf(trigger);
    if (events.length < 2) return [];
    return events.map((event, n) => rebuilt(trigger, `${head} ${events.toSpliced(n, 1).join(' OR ')} ${rest}`, event));
  }),
  triggerOperator('event added', (trigger) => {
    const { head, events, rest } = partsOf(trigger);
    const others = ['INSERT', 'UPDATE', 'DELETE'].filter((event) => !events.some((own) => own.startsWith(event)));
    return others.map((event) => rebuilt(trigger, `${head} ${[...events, event].join(' OR ')} ${rest}`, event));
  }),
  triggerOperator('columns dropped', (trigger) => {
    const { head, events, rest } = partsOf(trigger);
    const all = events.map((event) => (event.startsWith('UPDATE OF') ? 'UPDATE' : event));
    return all.join() === events.join() ? [] : [rebuilt(trigger, `${head} ${all.join(' OR ')} ${rest}`, '')];
  }),
  triggerOperator('WHEN dropped', (trigger) => {
    const found = whenOf(trigger);
    if (found === undefined) return [];
    const { text, from, to } = found;
    return [rebuilt(trigger, text.slice(0, from) + text.slice(to), '')];
  }),
  triggerOperator('WHEN changed', (trigger) => {
    const found = whenOf(trigger);
    if (found === undefined) return [];
    const { text, from, to } = found;
    return TEXT_MUTATIONS.flatMap((mutation) => mutated(text.slice(from, to), mutation)).map(({ what, text: by }) =>
      rebuilt(trigger, text.slice(0, from) + by + text.slice(to), what),
    );
  }),
  triggerOperator('timing swapped', (trigger) => {
    const { head, events, rest } = partsOf(trigger);
    const other = head.endsWith('BEFORE') ? head.replace(/BEFORE$/, 'AFTER') : head.replace(/AFTER$/, 'BEFORE');
    return other === head ? [] : [rebuilt(trigger, `${other} ${events.join(' OR ')} ${rest}`, '')];
  }),
  triggerOperator('level swapped', (trigger) => {
    const text = definitionOf(trigger);
    const [from, to] = text.includes(' FOR EACH ROW ') ? ['ROW', 'STATEMENT'] : ['STATEMENT', 'ROW'];
    return [rebuilt(trigger, text.replace(` FOR EACH ${from} `, ` FOR EACH ${to} `), `to ${to}`)];
  }),
];

function drop(trigger: TriggerObject): string {
  return `DROP TRIGGER ${quotedName(trigger)} ON ${trigger.table}`;
}

function quotedName({ identity, table }: TriggerObject): string {
  return identity.slice(0, -` on ${table}`.length);
}

function rebuilt(trigger: TriggerObject, definition: string, what: string): Change {
  return change(what, drop(trigger), definition, ...trigger.settings);
}

function definitionOf({ definition, settings }: TriggerObject): string {
  return settings.reduce((text, setting) => text.replace(`;\n${setting}`, ''), definition);
}

interface Parts {
  /** Up to the timing. */
  readonly head: string;
  readonly events: readonly string[];
  readonly rest: string;
}

/** CREATE TRIGGER name BEFORE event OR event ON table …, as pg_get_triggerdef writes it. */
function partsOf(trigger: TriggerObject): Parts {
  const text = definitionOf(trigger);
  const tokens = tokensOf(text);
  const at = (word: string) => tokens.findIndex((token, index) => index > 2 && token.text === word);
  const timing = Math.min(...['BEFORE', 'AFTER', 'OF'].map(at).filter((index) => index !== -1));
  const on = at('ON');
  const [from, to] = [tokens[timing]?.end ?? 0, tokens[on]?.start ?? 0];
  return { head: text.slice(0, from), events: text.slice(from, to).trim().split(' OR '), rest: text.slice(to) };
}

function whenOf(trigger: TriggerObject): { text: string; from: number; to: number } | undefined {
  const text = definitionOf(trigger);
  const tokens: readonly Token[] = tokensOf(text);
  const when = tokens.findIndex((token) => token.text === 'WHEN');
  if (when === -1) return undefined;
  return { text, from: tokens[when]?.start ?? 0, to: tokens[closing(tokens, when + 1)]?.end ?? 0 };
}
