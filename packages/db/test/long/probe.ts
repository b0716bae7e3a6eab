import { createDatabase, startThrowawayServer } from '@app/local-postgres';
import { migrate } from '@app/migrator';
import postgres from 'postgres';
import { randomUUID } from 'node:crypto';
import { and, eq, sql as dsql, getTableColumns } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrationsFolder } from '../../src/migrations.ts';
import { uploads } from '../../src/schema/index.ts';

const server = await startThrowawayServer({ bootstrap: 'plain' });
const database = await createDatabase(server);
await migrate({ folder: migrationsFolder, url: database.url });
const sql = postgres(database.url, { max: 10, onnotice: () => undefined, fetch_types: false });
const user = randomUUID();
await sql`insert into auth.users (id) values (${user})`;
const ids = Array.from({ length: 1000 }, () => randomUUID());
await sql`insert into uploads ${sql(ids.map((id) => ({ id, user_id: user, file_key: id, content_type: 'audio/mpeg', size_bytes: 5 })))}`;
const db = drizzle(postgres(database.url, { max: 10, onnotice: () => undefined, fetch_types: false }));
const prepared = db.select().from(uploads).where(and(eq(uploads.userId, dsql.placeholder('userId')), eq(uploads.id, dsql.placeholder('id')))).prepare('x');
const cols = Object.entries(getTableColumns(uploads)).map(([k, c]) => `"${c.name}"`).join(', ');
const text = `select ${cols} from uploads where user_id = $1 and id = $2`;
const fields = Object.entries(getTableColumns(uploads));
const map = (row: unknown[]) => { const r: Record<string, unknown> = {}; for (let i = 0; i < fields.length; i++) { const v = row[i]; r[fields[i]![0]] = v === null ? null : fields[i]![1].mapFromDriverValue(v as never); } return r; };
const client2 = (db as any).$client as postgres.Sql;

function gate(n: number) { let free = n; const q: (() => void)[] = []; return { async run<T>(f: () => PromiseLike<T>): Promise<T> { if (free > 0) free--; else await new Promise<void>((r) => q.push(r)); try { return await f(); } finally { const next = q.shift(); if (next) next(); else free++; } } }; }
const g10 = gate(10), g20 = gate(20), g40 = gate(40);
const variants: Record<string, (id: string) => PromiseLike<unknown>> = {
  raw: (id) => sql`select id, user_id, file_key, content_type, size_bytes, title, created_at, updated_at from uploads where user_id = ${user} and id = ${id}`,
  drizzlePrepared: (id) => prepared.execute({ userId: user, id }),
  unsafeMapped: async (id) => (await client2.unsafe(text, [user, id], { prepare: true }).values()).map(map as never),
  gate10: (id) => g10.run(async () => (await client2.unsafe(text, [user, id], { prepare: true }).values()).map(map as never)),
  gate20: (id) => g20.run(async () => (await client2.unsafe(text, [user, id], { prepare: true }).values()).map(map as never)),
  gate40: (id) => g40.run(async () => (await client2.unsafe(text, [user, id], { prepare: true }).values()).map(map as never)),
  unprepared: (id) => db.select().from(uploads).where(and(eq(uploads.userId, user), eq(uploads.id, id))),
};
async function measure(f: (id: string) => PromiseLike<unknown>, c: number, ms: number) {
  const end = performance.now() + ms; let n = 0;
  await Promise.all(Array.from({ length: c }, async (_, w) => { while (performance.now() < end) { await f(ids[(n * 7 + w) % 1000]!); n++; } }));
  return (n / ms) * 1000;
}
for (const f of Object.values(variants)) await measure(f, 8, 500);
for (const c of [1, 8, 32]) {
  const totals: Record<string, number[]> = {};
  for (let round = 0; round < 9; round++) for (const [name, f] of Object.entries(variants)) (totals[name] ??= []).push(await measure(f, c, 300));
  const med = (x: number[]) => x.sort((a, b) => a - b)[4]!;
  const base = med(totals.raw!);
  console.log(c, Object.entries(totals).map(([k, v]) => `${k} ${med(v).toFixed(0)} (${(med(v) / base).toFixed(2)})`).join('  '));
}
await sql.end(); await client2.end(); await server.stop();
