// A deployment's migration script: node --import tsx/esm script.ts ours|drizzle FOLDER, with DATABASE_URL.
const [, , runner, folder = ''] = process.argv;
const url = process.env.DATABASE_URL ?? '';

if (runner === 'ours') {
  const { migrate } = await import('@app/migrator');
  await migrate({ url, folder });
} else {
  const { migrate } = await import('drizzle-orm/postgres-js/migrator');
  const { drizzle } = await import('drizzle-orm/postgres-js');
  const { default: postgres } = await import('postgres');
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  await migrate(drizzle(sql), { migrationsFolder: folder });
  await sql.end({ timeout: 5 });
}
