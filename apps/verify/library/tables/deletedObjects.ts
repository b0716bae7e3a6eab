import { defineTable, literal } from '@app/verifier';
import { NOT_THEIRS, SERVICE_READS, THE_SERVICE } from '../clients.ts';
import { userId } from '../data/people.ts';
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
    // A key waits once; one that was purged may wait again.
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
    // Its writers are triggers, and the functions that claim, mark and release.
    rules: SERVICE_READS,
    rowSecurity: [
      [['select', 'update', 'delete'], 'rest', NOT_THEIRS],
      [['insert'], 'rest', THE_SERVICE],
    ],
    rows: { own: 1, all: 2 },
    values: { file_key: 'gen_random_uuid()::text' },
  },
});
