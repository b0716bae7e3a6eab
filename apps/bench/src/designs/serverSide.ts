import type { Sql } from 'postgres';
import type { Contender, Role } from '../harness/interleave.ts';

/** The designs that record an upload, as statements of a procedure. */
const WAYS: readonly { readonly name: string; readonly role: Role; readonly statement: string }[] = [
  {
    name: 'bare INSERT, no quota',
    role: 'limit',
    statement: `INSERT INTO bare.uploads (user_id, file_key, content_type, size_bytes, title)
                VALUES (owner, key, 'audio/mpeg', 1000, 'Take one')`,
  },
  {
    name: 'ours: INSERT, with the triggers',
    role: 'ours',
    statement: `INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, title)
                VALUES (owner, key, 'audio/mpeg', 1000, 'Take one')`,
  },
  {
    name: 'ours: create_upload()',
    role: 'ours',
    statement: `PERFORM public.create_upload(owner, key, 'audio/mpeg', 1000, 'Take one', 1000000000000)`,
  },
];

/** Records `count` uploads in one session on the server, each in a transaction. @returns microseconds for an upload, without round trips */
export function serverSide(sql: Sql, { users, count }: { users: number; count: number }): Contender<number>[] {
  return WAYS.map(({ name, role, statement }, way) => {
    const procedure = `bench_record_${way}`;
    let calls = 0;
    return {
      ...{ name, role },
      setup: async () => {
        await sql.unsafe(`
          CREATE PROCEDURE ${procedure}(call integer) LANGUAGE plpgsql AS $$
          DECLARE
            owner uuid;
            key text;
          BEGIN
            FOR n IN 1..${count} LOOP
              owner := md5('user' || n % ${users})::uuid;
              key := format('%s/server/${way}/%s/%s', owner, call, n);
              ${statement};
              COMMIT;
            END LOOP;
          END $$`);
      },
      run: async () => {
        const started = performance.now();
        await sql`CALL ${sql(procedure)}(${calls++})`;
        return ((performance.now() - started) * 1_000) / count;
      },
      teardown: async () => {
        await sql`DROP PROCEDURE ${sql(procedure)}`;
      },
    };
  });
}
