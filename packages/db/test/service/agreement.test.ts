import { getTableColumns, getTableName } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { meaningOf } from '../../src/errors/constraints.ts';
import { isDatabaseError } from '../../src/errors.ts';
import { libraryTracks, uploads } from '../../src/schema/index.ts';
import { parseInput } from '../../src/services/input.ts';
import { newLibraryTrackSchema, newUploadSchema } from '../../src/types/music.ts';
import { bootstraps, useDatabase } from '../support/database.ts';
import { addUsers } from '../support/people.ts';
import * as hostile from './support/hostile.ts';

/**
 * Compares zod with the server's CHECKs on the same random rows. AGREEMENT_ROWS sets their number, AGREEMENT_SEED repeats a run.
 * Rows with a lone surrogate, which the driver replaces by U+FFFD, are given to zod alone, which must refuse them.
 */
const ROWS = Number(process.env.AGREEMENT_ROWS ?? 5_200);
const SEED = Number(process.env.AGREEMENT_SEED ?? Date.now() % 2 ** 31);
const BATCH = 200;

type Row = Readonly<Record<string, string | number | boolean | null | undefined>>;
interface Verdict {
  /** OK000, or the SQLSTATE of the refusal. */
  readonly code: string;
  readonly violated: string;
}

const maybe = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 6, arbitrary: value }, { weight: 1, arbitrary: fc.constantFrom(null, undefined) });
/** Mostly valid values, so that a row seldom has two invalid fields. */
const mostly = <Value>(sound: Value, bad: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(sound) }, { weight: 1, arbitrary: maybe(bad) });

describe.each(bootstraps)('zod and the server agree, on %s', (bootstrap) => {
  const db = useDatabase(bootstrap);
  const seed = SEED + bootstraps.indexOf(bootstrap);
  let owner: string;
  beforeAll(async () => {
    [owner] = await addUsers(db.superuser);
    await db.sql.unsafe(`
      CREATE FUNCTION pg_temp.verdicts(target regclass, rows jsonb) RETURNS TABLE (code text, violated text)
      LANGUAGE plpgsql AS $$
      DECLARE
        r jsonb;
        columns text;
        literals text;
      BEGIN
        FOR r IN SELECT * FROM jsonb_array_elements(rows) LOOP
          BEGIN
            -- As bytes, since the text may be none that the server takes.
            SELECT string_agg(format('%I', f.key), ', '),
                   string_agg(quote_nullable(convert_from(decode(f.value, 'base64'), 'UTF8')), ', ')
              INTO columns, literals
              FROM jsonb_each_text(r) AS f;
            EXECUTE format('INSERT INTO %s (%s) VALUES (%s)', target, columns, literals);
            RAISE EXCEPTION USING ERRCODE = 'OK000';
          EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, violated = CONSTRAINT_NAME;
            IF violated = '' THEN GET STACKED DIAGNOSTICS violated = COLUMN_NAME; END IF;
          END;
          RETURN NEXT;
        END LOOP;
      END;
      $$`);
  });

  async function askServer(table: PgTable, rows: readonly Row[]): Promise<Verdict[]> {
    const columns = getTableColumns(table);
    const base64 = (value: string | number | boolean) => Buffer.from(`${value}`).toString('base64');
    const sent = rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).flatMap(([field, value]) => {
          if (value === undefined) return [];
          return [[columns[field]?.name, value === null ? null : base64(value)]];
        }),
      ),
    );
    return db.sql<Verdict[]>`SELECT * FROM pg_temp.verdicts(${getTableName(table)}, ${db.sql.json(sent)})`;
  }

  function askZod(schema: z.ZodType, row: Row): { taken: boolean; refused: string[]; said: string } {
    try {
      parseInput(schema, row);
      return { taken: true, refused: [], said: '' };
    } catch (error) {
      if (!isDatabaseError(error) || error.code !== 'INVALID_INPUT') throw error;
      return {
        taken: false,
        refused: error.problems.map(({ field, rule }) => `${field} ${rule}`),
        said: error.message,
      };
    }
  }

  /** The difference between the results for one row; null where they agree. */
  function disagreement(schema: z.ZodType, row: Row, server: Verdict): string | null {
    const zod = askZod(schema, row);
    if (zod.taken !== (server.code === 'OK000'))
      return `zod: ${zod.said || 'taken'}, server: ${server.code} ${server.violated}`;
    if (zod.taken) return null;
    const meaning = meaningOf(server.violated);
    if (meaning?.error !== 'invalid-input') return null;
    return zod.refused.some((one) => one.startsWith(meaning.field))
      ? null
      : `zod refuses for ${zod.refused}, server ${server.violated}`;
  }

  const hasLoneSurrogate = (row: Row) =>
    Object.values(row).some((value) => typeof value === 'string' && /\p{Surrogate}/u.test(value));

  const anyUpload = (): fc.Arbitrary<Row> =>
    fc.record({
      id: fc.oneof(fc.constant(undefined), hostile.uuid),
      userId: mostly(owner, fc.constantFrom('', 'x', `${owner}0`, `{${owner}`)),
      fileKey: mostly('a/b.mp3', hostile.key),
      contentType: mostly('audio/mpeg', hostile.mediaType),
      sizeBytes: mostly(1, hostile.size),
      title: mostly('Nocturne', hostile.title),
      createdAt: mostly('2026-01-01T00:00:00.000Z', hostile.time),
      updatedAt: mostly('2026-01-01T00:00:00.000Z', hostile.time),
    });

  const anyTrack = (): fc.Arbitrary<Row> =>
    fc.record({
      title: mostly('Nocturne', hostile.title),
      artist: mostly('Anyone', hostile.title),
      genre: mostly('jazz', hostile.title),
      durationMs: mostly(1, hostile.int32),
      fileKey: mostly('a/b.mp3', hostile.key),
      previewKey: mostly('a/b.mp3', hostile.key),
      isProOnly: mostly(true, fc.boolean()),
      createdAt: mostly(
        '2026-01-01T00:00:00.000Z',
        hostile.time.filter((time) => !time.endsWith('infinity')),
      ),
    });

  test.each<[string, PgTable, z.ZodType, () => fc.Arbitrary<Row>, number]>([
    ['uploads', uploads, newUploadSchema, anyUpload, (ROWS * 3) / 4],
    ['library_tracks', libraryTracks, newLibraryTrackSchema, anyTrack, ROWS / 4],
  ])('on hostile rows of %s', async (_, table, schema, any, count) => {
    const seen = { taken: 0, refused: 0, surrogates: 0 };
    const property = fc.asyncProperty(fc.array(any(), { minLength: BATCH, maxLength: BATCH }), async (rows) => {
      const askable = rows.filter((row) => !hasLoneSurrogate(row));
      const verdicts = await askServer(table, askable);
      const disagreements = askable.flatMap((row, i) => {
        const verdict = verdicts[i] ?? { code: 'none', violated: '' };
        seen[verdict.code === 'OK000' ? 'taken' : 'refused']++;
        const why = disagreement(schema, row, verdict);
        return why === null ? [] : [{ row, why }];
      });
      expect(disagreements).toEqual([]);
      for (const row of rows.filter(hasLoneSurrogate)) {
        seen.surrogates++;
        expect(askZod(schema, row).taken).toBe(false);
      }
    });
    await fc.assert(property, { seed, numRuns: Math.ceil(count / BATCH / bootstraps.length), endOnFailure: true });
    console.log(`${bootstrap} ${getTableName(table)}: seed ${seed}, ${JSON.stringify(seen)}`);
    expect(seen.taken).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(seen.taken / 10);
    expect(seen.surrogates).toBeGreaterThan(0);
  });
});
