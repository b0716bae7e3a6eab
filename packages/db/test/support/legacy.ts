import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import type { Sql } from 'postgres';

/** The tables as the application had them before this schema: nullable keys, and a column that is its own. */
const LEGACY_TABLES = `
  CREATE TABLE public.library_tracks (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    title text NOT NULL,
    artist text,
    album text,
    genre text,
    duration_ms integer,
    file_key text,
    is_pro_only boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    composer text
  );
  CREATE TABLE public.user_profiles (
    user_id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    tier text NOT NULL DEFAULT 'free' CHECK (tier IN ('free', 'pro', 'enterprise')),
    created_at timestamptz NOT NULL DEFAULT now()
  );`;

export interface LegacyTrack {
  readonly title: string;
  readonly artist: string | null;
  readonly album: string | null;
  readonly genre: string | null;
  readonly duration_ms: number | null;
  readonly file_key: string | null;
  readonly is_pro_only: boolean;
  readonly composer: string | null;
}

/** A small library: other scripts, composed accents, emoji, nulls. */
export const smallLibrary: readonly LegacyTrack[] = Array.from({ length: 40 }, (_, index) => ({
  title:
    ['Für Elise', '夜に駆ける', 'Água de Beber', "L'été indien", '🎵 Untitled', "O'Brien; DROP TABLE"][index % 6] ?? '',
  artist: index % 5 === 0 ? null : `Artist ${index % 7}`,
  album: null,
  genre: ['Rock', 'Jazz', null][index % 3] ?? null,
  duration_ms: index % 4 === 0 ? null : 180_000 + index,
  file_key: `library/${index}.mp3`,
  is_pro_only: index % 3 === 0,
  composer: index % 2 === 0 ? 'Ludwig van Beethoven' : null,
}));

const shared = (name: string) => new URL(`../../../../../shared/data/${name}`, import.meta.url);

/** Whether the real library, Chinook's, is beside the repository. */
export const hasRealLibrary = existsSync(shared('chinook_tracks.csv'));

function readCsv(name: string): Record<string, string>[] {
  return parse(readFileSync(shared(name), 'utf8'), { columns: true }) as Record<string, string>[];
}

/** Chinook's 3,503 tracks. */
export function realLibrary(): LegacyTrack[] {
  return readCsv('chinook_tracks.csv').map((row) => ({
    title: row.title ?? '',
    artist: row.artist || null,
    album: row.album || null,
    genre: row.genre || null,
    duration_ms: Number(row.duration_ms),
    file_key: `library/${row.track_id}`,
    is_pro_only: Number(row.track_id) % 10 === 0,
    composer: row.composer || null,
  }));
}

/** The addresses of Chinook's customers. */
export function realCustomers(): string[] {
  return readCsv('chinook_customers.csv').map((row) => row.email ?? '');
}

/** Builds the legacy tables and fills them: the tracks, and a profile in one of the tiers for each address. */
export async function loadLegacy(
  superuser: Sql,
  owner: Sql,
  tracks: readonly LegacyTrack[],
  emails: readonly string[] = ['one@example.org', 'two@example.org', 'three@example.org'],
): Promise<void> {
  await owner.unsafe(LEGACY_TABLES);
  await superuser`INSERT INTO auth.users (id, email) SELECT gen_random_uuid(), e FROM unnest(${emails as string[]}::text[]) AS e`;
  await owner`
    INSERT INTO user_profiles (user_id, tier)
    SELECT id, (ARRAY['free', 'pro', 'enterprise'])[1 + row_number() OVER (ORDER BY email) % 3] FROM auth.users`;
  for (let from = 0; from < tracks.length; from += 500) {
    await owner`INSERT INTO library_tracks ${owner(tracks.slice(from, from + 500))}`;
  }
}

/** Count and content hash of the legacy columns of each legacy table. */
export async function fingerprint(owner: Sql): Promise<unknown> {
  const [row] = await owner`
    SELECT (SELECT count(*) FROM library_tracks) AS tracks,
           (SELECT md5(string_agg(t::text, E'\n' ORDER BY id))
              FROM (SELECT id, title, artist, album, genre, duration_ms, file_key, is_pro_only, created_at, composer
                      FROM library_tracks) AS t) AS tracks_hash,
           (SELECT count(*) FROM user_profiles) AS profiles,
           (SELECT md5(string_agg(p::text, E'\n' ORDER BY user_id))
              FROM (SELECT user_id, tier, created_at FROM user_profiles) AS p) AS profiles_hash`;
  return row;
}
