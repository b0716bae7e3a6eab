import { defineTable, literal } from '@app/verifier';
import { HIDDEN_FROM_CLIENTS, SERVICE_ONLY, SERVICE_READS } from '../clients.ts';
import { userId } from '../data/users.ts';

export default defineTable({
  table: 'public.upload_daily_usage',
  row: (n) => ({ user_id: literal(userId(n + 4)), day: `date '2024-02-29' + ${n}`, used_bytes: '0' }),
  constraints: {
    upload_daily_usage_used_bytes_check: { refused: [{ used_bytes: '-1' }], admitted: [{ used_bytes: '0' }] },
  },
  access: {
    // Only the triggers of uploads write to it.
    rules: SERVICE_READS,
    rowSecurity: [
      [['select', 'update', 'delete'], 'rest', HIDDEN_FROM_CLIENTS],
      [['insert'], 'rest', SERVICE_ONLY],
    ],
    rows: { own: 1, all: 2 },
  },
});
