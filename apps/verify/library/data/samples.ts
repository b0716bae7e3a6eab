import type { Sample } from '../../src/config.ts';
import { literal } from '../../src/sql/statements.ts';
import { userId } from './people.ts';

export const SAMPLES: Readonly<Record<string, Sample>> = {
  'auth.users': (n) => ({ id: literal(userId(500_000 + n)) }),
  'public.deleted_objects': (n) => ({
    id: String(1_000_000 + n),
    file_key: literal(`proof/deleted-${n}.mp3`),
    source: literal('uploads.file_key'),
    deleted_at: 'now()',
    attempts: '0',
  }),
  'public.library_tracks': (n) => ({
    id: literal(userId(n)),
    title: literal(`Proof ${n}`),
    file_key: literal(`proof/track-${n}.flac`),
    is_pro_only: 'false',
    created_at: 'now()',
  }),
  'public.upload_daily_usage': (n) => ({
    user_id: literal(userId(n)),
    day: `date '2025-01-01' + ${n}`,
    used_bytes: '0',
  }),
  'public.uploads': (n) => ({
    id: literal(userId(n)),
    user_id: literal(userId(n)),
    file_key: literal(`proof/upload-${n}.mp3`),
    content_type: literal('audio/mpeg'),
    size_bytes: '1',
    created_at: 'now()',
    updated_at: 'now()',
  }),
  'public.user_profiles': (n) => ({ user_id: literal(userId(n)), tier: literal('free'), created_at: 'now()' }),
};
