import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { Unavailable } from '../../src/errors.ts';
import type { DatabaseService } from '../../src/services/databaseService.ts';
import { addUsers } from '../support/people.ts';
import * as page from './docs/uploadLife.ts';
import { failure } from './support/failure.ts';
import { useService } from './support/service.ts';

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const text = read('../../../../docs/service.md');
const code = read('./docs/uploadLife.ts');
const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] ?? '');
/** Without the indentation that a block has in its function. */
const flat = (source: string) => source.replace(/^ +/gm, '');

describe('docs/service.md', () => {
  test.each(blocks.map((block, i) => [i + 1, block]))('block %d is compiled and run by a test', (_, block) => {
    expect(flat(code)).toContain(flat(String(block)));
  });

  test('shows the whole life of an upload, and names every error', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(9);
    const codes = [...read('../../src/errors.ts').matchAll(/readonly code = '(\w+)'/g)].map((match) => match[1] ?? '');
    expect(codes.length).toBeGreaterThan(14);
    expect(codes.filter((each) => !text.includes(`\`${each}\``))).toEqual([]);
    const operations = [...read('../../src/services/databaseService.ts').matchAll(/^ {2}(\w+)[(<].*: Promise</gm)];
    expect(operations).toHaveLength(30);
    expect(operations.filter(([, name]) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('the life of an upload, as on the page', () => {
  const made = useService({ bootstrap: 'supabase', as: 'owner' });
  const objects = new Map<string, { contentType: string; sizeBytes: number }>();
  const store = {
    signPut: (key: string) => Promise.resolve(`https://store.example/${key}`),
    head: (key: string) => Promise.resolve(objects.get(key) ?? { contentType: '', sizeBytes: 0 }),
    delete: (key: string) => Promise.resolve(void objects.delete(key)),
  };
  let connected: ReturnType<typeof page.connect>;
  let userId: string;
  beforeAll(async () => {
    connected = page.connect(made.db.database.url);
    [userId] = await addUsers(made.db.superuser);
    return () => connected.database.close();
  });
  const keyOf = (url = '') => url.replace('https://store.example/', '');

  async function upload(sizeBytes: number) {
    const signed = await page.signUpload(connected.service, store, userId, 1);
    objects.set(keyOf(signed?.url), { contentType: 'audio/mpeg', sizeBytes });
    return { id: signed?.id ?? '', key: keyOf(signed?.url) };
  }

  test('signed, put, recorded, listed, renamed, deleted, purged', async () => {
    const { service } = connected;
    const { id, key } = await upload(1_000);
    const recorded = await page.finishUpload(service, store, userId, id);
    expect(recorded).toMatchObject({ id, fileKey: key, sizeBytes: 1_000 });

    const listed: string[] = [];
    for await (const each of page.everyUpload(service, userId)) listed.push(each.id);
    expect(listed).toEqual([id]);
    expect(page.overTheWire(recorded)).toEqual(recorded);
    expect(await page.renameAsUser(service, userId, id, 'Étude')).toMatchObject([{ title: 'Étude' }]);
    expect(await page.ownStatement(connected.database, userId)).toEqual({ title: 'Étude', sizeBytes: 1_000 });

    await service.deleteUpload({ userId, id });
    await expect.poll(() => page.purge(service, store)).toBe(1);
    expect(objects.has(key)).toBe(false);
    expect(await page.purge(service, store)).toBe(0);
  });

  test('an upload over the quota is not signed; one that was signed before is deleted from the store', async () => {
    const { service } = connected;
    expect(await page.signUpload(service, store, userId, 100_000_001)).toBeNull();
    const { id, key } = await upload(100_000_001);
    await failure('QUOTA_EXCEEDED', page.finishUpload(service, store, userId, id));
    expect(objects.has(key)).toBe(false);
  });

  test('a lost answer is retried', async () => {
    const { service } = connected;
    const { id } = await upload(10);
    let lost = 0;
    const flaky: DatabaseService = {
      ...service,
      createUpload: async (input) => {
        const created = await service.createUpload(input);
        if (lost++ < 2) throw new Unavailable('the answer was lost');
        return created;
      },
    };
    expect(await page.finishUpload(flaky, store, userId, id)).toMatchObject({ id });
    expect(lost).toBe(3);
  });

  test('an object that the store does not delete is released with the error', async () => {
    const { service } = connected;
    const { id } = await upload(10);
    await page.finishUpload(service, store, userId, id);
    await service.deleteUpload({ userId, id });
    const broken = { ...store, delete: () => Promise.reject(new Error('503')) };
    await expect
      .poll(async () => {
        await page.purge(service, broken);
        return made.db.sql`SELECT last_error FROM deleted_objects WHERE purged_at IS NULL`;
      })
      .toEqual([{ last_error: 'Error: 503' }]);
  });

  test('an upload and a row of the application are one transaction', async () => {
    const { db } = made;
    await db.sql`CREATE TABLE public.notes (upload_id uuid NOT NULL REFERENCES public.uploads, note text NOT NULL CHECK (note <> ''))`;
    const { upload: kept, found } = await page.withOwnRow(db.database.url, userId, 'kept');
    expect(found).toEqual([{ uploadId: kept.id, note: 'kept' }]);
    const [before] = await db.sql`SELECT count(*) FROM public.uploads`;
    await expect(page.withOwnRow(db.database.url, userId, '')).rejects.toMatchObject({ cause: { code: '23514' } });
    expect(await db.sql`SELECT count(*) FROM public.uploads`).toEqual([before]);
  });

  test('each error has a status', () => {
    expect(page.httpStatus(new Unavailable('gone'))).toBe(503);
  });
});
