import { objectsOfKind, type TypeObject, type ViewObject } from '@app/catalog';
import { type Change, change, type Operator, operator } from '../mutant.ts';
import { mutated, TEXT_MUTATIONS } from '../textMutations.ts';

const SEQUENCE_OPTIONS = ['INCREMENT BY 2', 'MINVALUE 0', 'MAXVALUE 32767', 'CYCLE', 'CACHE 20', 'RESTART WITH 7'];

export const OTHER_OPERATORS: readonly Operator[] = [
  operator('sequence', 'option changed', ({ identity, options }) =>
    SEQUENCE_OPTIONS.map((option) =>
      change(
        option,
        `ALTER SEQUENCE ${identity} ${options.includes(option) && option === 'CYCLE' ? 'NO CYCLE' : option}`,
      ),
    ),
  ),
  operator('sequence', 'dropped', ({ identity, isIdentity }) =>
    isIdentity ? [] : [change('with the defaults that need it', `DROP SEQUENCE ${identity} CASCADE`)],
  ),
  operator('type', 'label added', ({ identity, type }) =>
    type === 'enum' ? [change('', `ALTER TYPE ${identity} ADD VALUE 'mutant'`)] : [],
  ),
  operator('type', 'label renamed', (type) =>
    type.labels.map((label) => change(label, `ALTER TYPE ${type.identity} RENAME VALUE ${literal(label)} TO 'mutant'`)),
  ),
  operator('type', 'domain loosened', (type) => (type.type === 'domain' ? loosened(type) : [])),
  operator('view', 'dropped', (view) => [
    change('with all that needs it', `DROP ${wordOf(view)} ${view.identity} CASCADE`),
  ]),
  operator('view', 'option reset', (view) =>
    view.options.map((option) =>
      change(option, `ALTER ${wordOf(view)} ${view.identity} RESET (${option.split('=')[0]})`),
    ),
  ),
  operator('view', 'security_invoker toggled', (view) => {
    if (view.materialized) return [];
    const on = !view.options.includes('security_invoker=true') && !view.options.includes('security_invoker=on');
    return [change(`to ${on}`, `ALTER VIEW ${view.identity} SET (security_invoker = ${on})`)];
  }),
  ...TEXT_MUTATIONS.map((mutation) =>
    operator('view', `query: ${mutation.name}`, (view, { catalog }) =>
      mutated(view.query, mutation).map(({ what, text }) => {
        if (!view.materialized) return change(what, `CREATE OR REPLACE VIEW ${view.identity} AS\n${text}`);
        const indexes = objectsOfKind(catalog, 'index').filter(({ table }) => table === view.identity);
        return change(
          what,
          `DROP MATERIALIZED VIEW ${view.identity}`,
          `CREATE MATERIALIZED VIEW ${view.identity} AS\n${text}`,
          ...indexes.map(({ definition }) => definition),
          ...objectsOfKind(catalog, 'grant')
            .filter(({ on }) => on === `view ${view.identity}`)
            .map(({ definition }) => definition),
        );
      }),
    ),
  ),
  operator('rule', 'dropped', ({ identity, table }) => [
    change('', `DROP RULE ${identity.slice(0, -` on ${table}`.length)} ON ${table}`),
  ]),
  operator('extension', 'dropped', ({ name }) => [change('', `DROP EXTENSION ${literal(name).replaceAll("'", '"')}`)]),
];

function wordOf({ materialized }: ViewObject): string {
  return materialized ? 'MATERIALIZED VIEW' : 'VIEW';
}

/** The definition holds each CONSTRAINT, NOT NULL and DEFAULT of a domain. */
function loosened({ identity, definition }: TypeObject): Change[] {
  const alter = `ALTER DOMAIN ${identity}`;
  const names = [...definition.matchAll(/CONSTRAINT ("(?:[^"]|"")+"|\w+) CHECK/g)].map(([, name = '']) => name);
  return [
    ...names.map((name) => change(name, `${alter} DROP CONSTRAINT ${name}`)),
    ...(/ NOT NULL/.test(definition) ? [change('NOT NULL', `${alter} DROP NOT NULL`)] : []),
    ...(/ DEFAULT /.test(definition) ? [change('DEFAULT', `${alter} DROP DEFAULT`)] : []),
  ];
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
