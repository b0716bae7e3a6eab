import type { Outcome, Outcomes, TableOperation, TableRule } from '../src/access.ts';
import { CLIENTS, FUNCTION_ACCESS, SCHEMA_ACCESS, SEQUENCE_ACCESS, TABLE_ACCESS } from './data/accessMatrix.ts';

/** The page that shows who may do what, relative to this file. */
export const ACCESS_PAGE = new URL('../../../docs/access-and-quota.md', import.meta.url);

const BLOCK = /(<!-- access matrix -->\n)[\s\S]*?(<!-- end of access matrix -->)/;

/** The page with its table made anew from the access matrix. @throws Error where the page has no place for it */
export function withAccessTable(page: string): string {
  if (!BLOCK.test(page)) throw new Error('the page has no <!-- access matrix --> block');
  return page.replace(BLOCK, (_, start: string, end: string) => `${start}${renderAccessTable()}${end}`);
}

type Line = readonly [object: string, operations: string, outcomes: Outcomes];

function renderAccessTable(): string {
  const lines = [
    ...Object.entries(TABLE_ACCESS).flatMap(([table, rules]) => rules.map((rule) => tableLine(table, rule))),
    ...alike('functions', 'execute', FUNCTION_ACCESS),
    ...alike('sequences', 'any', SEQUENCE_ACCESS),
    ...Object.entries(SCHEMA_ACCESS).flatMap(([schema, { usage, create }]): Line[] => [
      [`schema \`${schema}\``, 'usage', usage],
      [`schema \`${schema}\``, 'create', create],
    ]),
  ];
  const heads = ['', 'operation', ...CLIENTS.map((client) => HEADS[client])];
  const rows = lines.map(([object, operations, outcomes], index) => [
    object === lines[index - 1]?.[0] ? '' : object,
    operations,
    ...outcomes.map((outcome) => WORDS[outcome]),
  ]);
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

const HEADS: Readonly<Record<(typeof CLIENTS)[number], string>> = {
  anon: '`anon`',
  owner: '`authenticated`, with rows of its own',
  stranger: '`authenticated`, without',
  service_role: '`service_role`',
  others: 'other roles',
};

const WORDS: Readonly<Record<Outcome, string>> = { all: 'yes', own: 'its own', none: 'no rows', refused: '42501' };

function tableLine(table: string, [operations, columns, outcomes]: TableRule): Line {
  const on = (operation: TableOperation) => {
    if (columns !== 'rest') return `${operation} ${columns.map((column) => `\`${column}\``).join(', ')}`;
    return hasNarrowerRule(table, operation) ? `${operation} of other columns` : operation;
  };
  return [`\`${shortName(table)}\``, operations.map(on).join(', '), outcomes];
}

function hasNarrowerRule(table: string, operation: TableOperation): boolean {
  const rules = TABLE_ACCESS[table] ?? [];
  return rules.some(([operations, columns]) => columns !== 'rest' && operations.includes(operation));
}

/** Objects of one schema that have the same outcomes make one line. */
function alike(kind: string, operation: string, access: Readonly<Record<string, Outcomes>>): Line[] {
  const objects = Object.entries(access).map(([identity, outcomes]) => {
    const [schema = ''] = identity.split('.');
    return { schema, identity, outcomes, group: [schema, ...outcomes].join(' ') };
  });
  return objects.flatMap(({ schema, outcomes, group }, index): Line[] => {
    const members = objects.filter((other) => other.group === group);
    if (members[0] !== objects[index]) return [];
    const names = members.map(({ identity }) => `\`${shortName(identity).replace(/\(.*/, '')}\``).join(', ');
    return [[schema === 'public' ? `${kind} ${names}` : `${kind} in \`${schema}\``, operation, outcomes]];
  });
}

function shortName(identity: string): string {
  return identity.replace('public.', '');
}
