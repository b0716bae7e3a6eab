import { defineTable, literal } from '@app/verifier';
import { HIDDEN_FROM_CLIENTS, OWN_ROWS, SERVICE_ONLY } from '../clients.ts';
import { userId } from '../data/users.ts';

export default defineTable({
  table: 'public.user_profiles',
  row: (n) => ({ user_id: literal(userId(n + 4)), tier: literal('free'), created_at: 'now()' }),
  constraints: {
    user_profiles_tier_check: {
      refused: [{ tier: `'Pro'` }, { tier: `''` }, { tier: `'premium'` }, { tier: `'admin'` }],
      admitted: [{ tier: `'free'` }, { tier: `'pro'` }, { tier: `'enterprise'` }],
    },
  },
  access: {
    rules: [
      [['select'], 'rest', OWN_ROWS],
      [['insert', 'update', 'delete'], 'rest', SERVICE_ONLY],
    ],
    rowSecurity: [
      [['select'], 'rest', ['none', 'own', 'none', 'all', 'none']],
      [['update', 'delete'], 'rest', HIDDEN_FROM_CLIENTS],
      [['insert'], 'rest', SERVICE_ONLY],
    ],
    rows: { own: 1, all: 1 },
  },
});
