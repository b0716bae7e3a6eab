import { defineTable, literal } from '@app/verifier';
import { NOT_THEIRS, SERVICE_READS, THE_SERVICE } from '../clients.ts';
import { userId } from '../data/people.ts';

export default defineTable({
  table: 'public.upload_daily_usage',
  row: (n) => ({ user_id: literal(userId(n + 4)), day: `date '2024-02-29' + ${n}`, used_bytes: '0' }),
  constraints: {
    upload_daily_usage_used_bytes_check: { refused: [{ used_bytes: '-1' }], admitted: [{ used_bytes: '0' }] },
  },
  access: {
    // Its only writers are the triggers of uploads.
    rules: SERVICE_READS,
    rowSecurity: [
      [['select', 'update', 'delete'], 'rest', NOT_THEIRS],
      [['insert'], 'rest', THE_SERVICE],
    ],
    rows: { own: 1, all: 2 },
  },
});
