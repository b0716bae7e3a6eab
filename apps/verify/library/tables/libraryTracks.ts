import { defineTable, literal } from '@app/verifier';
import { objectKeyBoundaries } from '../boundaryRows.ts';
import { API_ROLES, HIDDEN_FROM_CLIENTS, SERVICE_ONLY } from '../clients.ts';
import { VOLUME_ROWS } from '../data/volume.ts';

const PREVIEW_KEY = objectKeyBoundaries('preview_key');
const PUBLIC_COLUMNS = ['id', 'title', 'artist', 'album', 'genre', 'duration_ms', 'is_pro_only', 'created_at'];

export default defineTable({
  table: 'public.library_tracks',
  row: (n) => ({
    ...{ id: 'gen_random_uuid()', title: literal(`Track ${n}`), file_key: literal(`cases/track-${n}.flac`) },
    ...{ is_pro_only: 'false', created_at: 'now()' },
  }),
  constraints: {
    library_tracks_file_key_check: objectKeyBoundaries('file_key'),
    library_tracks_preview_key_check: {
      ...PREVIEW_KEY,
      admitted: [...PREVIEW_KEY.admitted, { preview_key: 'NULL' }],
    },
  },
  indexes: {
    idx_library_tracks_created_at_id: 'SELECT * FROM public.library_tracks ORDER BY created_at DESC, id DESC LIMIT 50',
    idx_library_tracks_file_key: `SELECT * FROM public.library_tracks WHERE file_key = 'library/42.flac'`,
    // The genre has one track: an index that begins with another column would be read to its end.
    idx_library_tracks_genre_created_at_id: `SELECT * FROM public.library_tracks WHERE genre = 'rare'
      ORDER BY created_at DESC, id DESC LIMIT 50`,
    idx_library_tracks_title: `SELECT * FROM public.library_tracks
      WHERE lower(left(title, 100)) COLLATE "C" >= 'track 42' AND lower(left(title, 100)) COLLATE "C" < 'track 42' || chr(1114111)
      ORDER BY lower(left(title, 100)) COLLATE "C", id LIMIT 50`,
    idx_library_tracks_preview_key: `SELECT * FROM public.library_tracks WHERE preview_key = 'library/42.preview.mp3'`,
  },
  fill: async ({ sql }) => {
    await sql.unsafe(`INSERT INTO public.library_tracks (title, genre, file_key, preview_key, created_at)
      SELECT format('Track %s', i), CASE i WHEN 42 THEN 'rare' ELSE format('genre %s', i % 50) END, format('library/%s.flac', i),
        format('library/%s.preview.mp3', i), now() - i * interval '1 hour'
      FROM generate_series(1, ${VOLUME_ROWS}) AS i`);
  },
  access: {
    // Only the service may read the object keys.
    rules: [
      [['select'], PUBLIC_COLUMNS, API_ROLES],
      [['select', 'insert', 'update', 'delete'], 'rest', SERVICE_ONLY],
    ],
    rowSecurity: [
      [['select'], 'rest', ['all', 'all', 'all', 'all', 'none']],
      [['update', 'delete'], 'rest', HIDDEN_FROM_CLIENTS],
      [['insert'], 'rest', SERVICE_ONLY],
    ],
    rows: { own: 0, all: 2 },
  },
});
