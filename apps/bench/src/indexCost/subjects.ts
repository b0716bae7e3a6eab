import type { Sql } from 'postgres';
import { copyTable, type Index, indexesOf } from './copies.ts';
import { BOUGHT, type Bought } from './queries.ts';

/** A copy of the table. */
export interface Copy {
  /** What is peculiar to it. */
  readonly label: string;
  readonly table: string;
}

/** An index under judgement: two copies of the table that differ in it alone. */
export interface Subject {
  readonly index: Index;
  readonly bought: Bought;
  readonly having: Copy;
  readonly lacking: Copy;
}

/** The PRD's plain index on the column that UNIQUE has indexed already; ours has its name, and serves prefixes. */
const AS_WRITTEN = {
  of: 'idx_uploads_file_key',
  index: {
    name: 'idx_uploads_file_key, plain',
    make: 'CREATE INDEX ON %TABLE% USING btree (file_key)',
    isKey: false,
  },
};

/** Copies the table once whole and once without each index. @throws Error for an index that nothing is known of */
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
