import { defineTable, literal } from '@app/verifier';
import { HIDDEN_FROM_CLIENTS, SERVICE_ONLY, SERVICE_READS } from '../clients.ts';
import { userId } from '../data/users.ts';
import { VOLUME_ROWS } from '../data/volume.ts';

export default defineTable({
  table: 'public.deleted_objects',
  row: (n) => ({
    ...{ file_key: literal(`cases/deleted-${n}.mp3`), source: literal('uploads.file_key'), deleted_at: 'now()' },
    ...{ user_id: literal(userId(n + 1)), size_bytes: '7', attempts: '0' },
  }),
  constraints: {
    deleted_objects_attempts_check: { refused: [{ attempts: '-1' }], admitted: [{ attempts: '0' }] },
    deleted_objects_source_check: {
      refused: [{ source: `'uploads'` }, { source: `''` }],
      admitted: ['uploads.file_key', 'library_tracks.file_key', 'library_tracks.preview_key'].map((source) => ({
        source: literal(source),
      })),
    },
    // A key has at most one waiting row; a purged key may wait again.
    idx_deleted_objects_file_key: {
      given: [{ file_key: `'waits'` }, { file_key: `'purged'`, purged_at: 'now()' }],
      refused: [{ file_key: `'waits'` }],
      admitted: [{ file_key: `'purged'` }, { file_key: `'waits'`, purged_at: 'now()' }],
    },
  },
  indexes: {
    idx_deleted_objects_file_key: `SELECT * FROM public.deleted_objects WHERE file_key = 'gone/40.mp3' AND purged_at IS NULL`,
    idx_deleted_objects_due: `SELECT * FROM public.deleted_objects
      WHERE purged_at IS NULL AND failed_at IS NULL AND waits_for IS NOT NULL AND due_at <= now() ORDER BY due_at, id LIMIT 100`,
    idx_deleted_objects_failed: `SELECT * FROM public.deleted_objects
      WHERE purged_at IS NULL AND failed_at IS NOT NULL AND id > 42 ORDER BY id LIMIT 100`,
    idx_deleted_objects_unseen: `SELECT * FROM public.deleted_objects
      WHERE purged_at IS NULL AND waits_for IS NULL ORDER BY id LIMIT 100`,
  },
  fill: async ({ superuser }) => {
    await superuser.unsafe(`INSERT INTO public.deleted_objects (file_key, source, purged_at, waits_for, failed_at)
      SELECT format('gone/%s.mp3', i), 'uploads.file_key', CASE WHEN i % 20 > 0 THEN now() END,
        CASE WHEN i % 40 > 0 THEN '{}'::text[] END, CASE WHEN i % 60 = 20 THEN now() END
      FROM generate_series(1, ${VOLUME_ROWS}) AS i`);
  },
  access: {
    // Only triggers, and the functions that claim, mark and release, write to it.
    rules: SERVICE_READS,
    rowSecurity: [
      [['select', 'update', 'delete'], 'rest', HIDDEN_FROM_CLIENTS],
      [['insert'], 'rest', SERVICE_ONLY],
    ],
    rows: { own: 1, all: 2 },
    values: { file_key: 'gen_random_uuid()::text' },
  },
});
