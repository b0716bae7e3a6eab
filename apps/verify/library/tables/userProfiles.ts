import { defineTable, literal } from '@app/verifier';
import { ITS_OWNER, NOT_THEIRS, THE_SERVICE } from '../clients.ts';
import { userId } from '../data/people.ts';

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
      [['select'], 'rest', ITS_OWNER],
      [['insert', 'update', 'delete'], 'rest', THE_SERVICE],
    ],
    rowSecurity: [
      [['select'], 'rest', ['none', 'own', 'none', 'all', 'none']],
      [['update', 'delete'], 'rest', NOT_THEIRS],
      [['insert'], 'rest', THE_SERVICE],
    ],
    rows: { own: 1, all: 1 },
  },
});
