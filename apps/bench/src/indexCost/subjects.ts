import type { Sql } from 'postgres';
import { copyTable, type Index, indexesOf } from './copies.ts';
import { BOUGHT, type Bought } from './queries.ts';

/** A copy of the table. */
export interface Copy {
  /** How it differs from the other copy. */
  readonly label: string;
  readonly table: string;
}

/** A measured index: two copies of the table that differ in this index only. */
export interface Subject {
  readonly index: Index;
  readonly bought: Bought;
  readonly having: Copy;
  readonly lacking: Copy;
}

/** The PRD's plain index on the column that UNIQUE indexes already. This project's index of that name serves prefixes. */
const AS_WRITTEN = {
  of: 'idx_uploads_file_key',
  index: {
    name: 'idx_uploads_file_key, plain',
    make: 'CREATE INDEX ON %TABLE% USING btree (file_key)',
    isKey: false,
  },
};

/** Copies the table once with all indexes, and once without each of them. @throws Error for an index without a query */
export async function subjectsOf(sql: Sql, table: string): Promise<Subject[]> {
  const all = await indexesOf(sql, `public.${table}`);
  let copies = 0;
  const copied = async (label: string, indexes: readonly Index[]): Promise<Copy> => {
    const copy = { label, table: `cost.${table}_${copies++}` };
    await copyTable(sql, `public.${table}`, copy.table, indexes);
    return copy;
  };
  const whole = await copied('all indexes', all);
  const subjects: Subject[] = [];
  for (const index of all.filter(({ isKey }) => !isKey)) {
    const bought = BOUGHT[index.name];
    if (bought === undefined) throw new Error(`src/indexCost/queries.ts does not say what ${index.name} is for`);
    const others = all.filter((it) => it !== index);
    const lacking = await copied(`without ${index.name}`, others);
    subjects.push({ index, bought, having: whole, lacking });
    if (index.name !== AS_WRITTEN.of) continue;
    const having = await copied(`with ${AS_WRITTEN.index.name}`, [...others, AS_WRITTEN.index]);
    subjects.push({ index: AS_WRITTEN.index, bought, having, lacking });
  }
  return subjects;
}
