import { defineTable, literal } from '@app/verifier';
import { finiteTimeBoundaries, objectKeyBoundaries } from '../boundaryRows.ts';
import { OWN_ROWS, SERVICE_ONLY } from '../clients.ts';
import { userId } from '../data/users.ts';
import { BUSY_USER, VOLUME_ROWS } from '../data/volume.ts';

const LONG = 'x'.repeat(127);
const contentType = (type: string) => ({ content_type: literal(type) });

export default defineTable({
  table: 'public.uploads',
  row: (n) => ({
    ...{ id: 'gen_random_uuid()', user_id: literal(userId(n + 1)), file_key: literal(`cases/upload-${n}.mp3`) },
    ...{ content_type: literal('audio/mpeg'), size_bytes: '1', title: literal('Title'), created_at: 'now()' },
    updated_at: 'now()',
  }),
  constraints: {
    uploads_content_type_check: {
      // RFC 6838 section 4.2: type and subtype are restricted names of 1 to 127 characters.
      refused: [
        ...['', 'audio', 'audio/', '/mpeg', 'audio/mpeg; codecs=1', 'au dio/mpeg', '.audio/mpeg', 'audio/.mpeg'],
        ...['audio/mp\neg', 'audio/mpeg/x', 'audio/mpeg\n', 'audio/mpég', `audio/${LONG}x`, `${LONG}x/mpeg`],
      ].map(contentType),
      admitted: [
        ...['audio/mpeg', 'AUDIO/MPEG', 'image/svg+xml', 'application/vnd.api_v1.2-x', 'a/b', '7z/x!#$&^_.+-'],
        ...[`audio/${LONG}`, `${LONG}/mpeg`],
      ].map(contentType),
    },
    uploads_created_at_check: finiteTimeBoundaries('created_at'),
    uploads_file_key_check: objectKeyBoundaries('file_key'),
    // The store's largest object has 5 TiB - 5 GiB.
    uploads_size_bytes_check: {
      refused: [{ size_bytes: '5492189429761' }, { size_bytes: '9223372036854775807' }],
      admitted: [{ size_bytes: '5492189429760' }],
    },
    uploads_size_bytes_positive: {
      refused: [{ size_bytes: '0' }, { size_bytes: '-1' }],
      admitted: [{ size_bytes: '1' }],
    },
    uploads_title_check: {
      refused: [{ title: `''` }, { title: `repeat(U&'\\+01F3B5', 501)` }],
      admitted: [{ title: 'NULL' }, { title: `'t'` }, { title: `repeat(U&'\\+01F3B5', 500)` }],
    },
    uploads_updated_at_check: finiteTimeBoundaries('updated_at'),
  },
  indexes: {
    idx_uploads_created_at: `SELECT * FROM public.uploads WHERE created_at >= now() - interval '1 hour'`,
    // The unique index cannot serve a prefix under a linguistic collation.
    idx_uploads_file_key: `SELECT * FROM public.uploads WHERE file_key LIKE 'user/42/%'`,
    // idx_uploads_user_id_created_at_id also serves one user's rows; this index is smaller, and cheaper to scan as a whole.
    idx_uploads_user_id: 'SELECT user_id, count(*) FROM public.uploads GROUP BY user_id',
    idx_uploads_user_id_created_at_id: `SELECT * FROM public.uploads WHERE user_id = ${BUSY_USER}
      ORDER BY created_at DESC, id DESC LIMIT 50`,
    // The prefix index also serves equality; only this index serves order and ranges under the database's collation.
    uploads_file_key_unique: `SELECT * FROM public.uploads WHERE file_key > 'user/42' ORDER BY file_key LIMIT 20`,
  },
  fill: async ({ sql }) => {
    await sql.unsafe(`
      INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, created_at)
        SELECT owner.id, format('user/%s/%s.mp3', owner.n, i), 'audio/mpeg', 1 + i, now() - (i % 90) * interval '1 day'
        FROM generate_series(1, ${VOLUME_ROWS}) AS i
        JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM auth.users) AS owner ON owner.n = i % 60;
      INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, created_at)
        SELECT ${BUSY_USER}, format('busy/%s.mp3', i), 'audio/mpeg', 1, now() - i * interval '1 hour'
        FROM generate_series(1, 2000) AS i`);
  },
  access: {
    rules: [
      [['select'], 'rest', OWN_ROWS],
      [['update'], ['title'], OWN_ROWS],
      [['insert', 'update', 'delete'], 'rest', SERVICE_ONLY],
    ],
    rowSecurity: [
      [['select'], 'rest', ['none', 'own', 'none', 'all', 'none']],
      // No client may change the owner of an upload.
      [['update'], ['user_id'], ['none', 'refused', 'none', 'all', 'none']],
      [['update'], 'rest', ['none', 'own', 'none', 'all', 'none']],
      [['delete'], 'rest', ['none', 'none', 'none', 'all', 'none']],
      [['insert'], 'rest', SERVICE_ONLY],
    ],
    rows: { own: 2, all: 3 },
    values: { user_id: literal(userId(3)), file_key: 'gen_random_uuid()::text' },
  },
});
