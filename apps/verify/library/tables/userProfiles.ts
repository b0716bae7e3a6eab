import { defineTable, literal } from '@app/verifier';
import { HIDDEN_FROM_CLIENTS, OWN_ROWS, SERVICE_ONLY } from '../clients.ts';
import { userId } from '../data/users.ts';
import { VOLUME_ROWS } from '../data/volume.ts';

export default defineTable({
  table: 'public.user_profiles',
  row: (n) => ({ user_id: literal(userId(n + 4)), tier: literal('free'), created_at: 'now()' }),
  constraints: {
    user_profiles_tier_check: {
      refused: [{ tier: `'Pro'` }, { tier: `''` }, { tier: `'premium'` }, { tier: `'admin'` }],
      admitted: [{ tier: `'free'` }, { tier: `'pro'` }, { tier: `'enterprise'` }],
    },
  },
  indexes: {
    idx_user_profiles_tier_user_id: `SELECT * FROM public.user_profiles WHERE tier = 'enterprise' ORDER BY user_id LIMIT 50`,
  },
  fill: async ({ superuser }) => {
    await superuser.unsafe(`
      INSERT INTO auth.users (id) SELECT md5('listed ' || n)::uuid FROM generate_series(1, ${VOLUME_ROWS}) AS n;
      INSERT INTO public.user_profiles (user_id, tier)
        SELECT md5('listed ' || n)::uuid, CASE n WHEN 42 THEN 'enterprise' ELSE 'free' END
        FROM generate_series(1, ${VOLUME_ROWS}) AS n`);
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
