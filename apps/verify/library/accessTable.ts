import { fileURLToPath } from 'node:url';
import {
  type Access,
  type Accesses,
  loadTables,
  type TableCases,
  type TableOperation,
  type TableRule,
} from '@app/verifier';
import { FUNCTION_ACCESS, SCHEMA_ACCESS } from './access.ts';
import { CLIENTS, NO_CLIENT } from './clients.ts';

/** The page with the access matrix. */
export const ACCESS_PAGE = fileURLToPath(new URL('../../../docs/access-and-quota.md', import.meta.url));

const BLOCK = /(<!-- access matrix -->\n)[\s\S]*?(<!-- end of access matrix -->)/;

/** The page with its table generated again. @throws Error for a page without the markers of the table */
export async function withAccessTable(page: string): Promise<string> {
  if (!BLOCK.test(page)) throw new Error('the page has no <!-- access matrix --> block');
  const tables = await loadTables(new URL('tables/', import.meta.url));
  return page.replace(BLOCK, (_, start: string, end: string) => `${start}${renderAccessTable(tables)}${end}`);
}

type Line = readonly [object: string, operations: string, accesses: Accesses];

function renderAccessTable(tables: readonly TableCases[]): string {
  const lines: Line[] = [
    ...tables.flatMap(({ table, access }) => tableLines(table, access?.rules ?? [])),
    ...functionLines(),
    ['all other functions, tables, sequences', 'any', NO_CLIENT],
    ...Object.entries(SCHEMA_ACCESS).flatMap(([schema, { usage, create }]): Line[] => [
      [`schema \`${schema}\``, 'usage', usage],
      [`schema \`${schema}\``, 'create', create],
    ]),
  ];
  const heads = ['', 'operation', ...CLIENTS.map((client) => HEADINGS[client])];
  const rows = lines.map(([object, operations, accesses], index) => [
    object === lines[index - 1]?.[0] ? '' : object,
    operations,
    ...accesses.map((access) => WORDS[access]),
  ]);
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

const HEADINGS: Readonly<Record<(typeof CLIENTS)[number], string>> = {
  anon: '`anon`',
  owner: '`authenticated`, with rows of its own',
  stranger: '`authenticated`, without',
  service_role: '`service_role`',
  others: 'other roles',
};

const WORDS: Readonly<Record<Access, string>> = { all: 'yes', own: 'its own', none: 'no rows', refused: '42501' };

function tableLines(table: string, rules: readonly TableRule[]): Line[] {
  const label = (columns: TableRule[1]) => (operation: TableOperation) => {
    if (columns !== 'rest') return `${operation} ${columns.map((column) => `\`${column}\``).join(', ')}`;
    const hasColumnRules = rules.some(([operations, others]) => others !== 'rest' && operations.includes(operation));
    return hasColumnRules ? `${operation} of other columns` : operation;
  };
  const name = `\`${shortName(table)}\``;
  const lines = rules.map(([operations, columns, accesses]): Line => {
    return [name, operations.map(label(columns)).join(', '), accesses];
  });
  return [...lines, [name, 'anything else', NO_CLIENT]];
}

/** One line for all functions with the same outcomes. */
function functionLines(): Line[] {
  const groups = new Map<string, { readonly names: string[]; readonly accesses: Accesses }>();
  for (const [identity, accesses] of Object.entries(FUNCTION_ACCESS)) {
    const group = groups.get(accesses.join()) ?? { names: [], accesses };
    group.names.push(`\`${shortName(identity).replace(/\(.*/, '')}\``);
    groups.set(accesses.join(), group);
  }
  return [...groups.values()].map(
    ({ names, accesses }): Line => [`functions ${names.join(', ')}`, 'execute', accesses],
  );
}

function shortName(identity: string): string {
  return identity.replace('public.', '');
}
