import { type Subject, scenarios } from '@app/verifier';
import { COUNTER_SCENARIOS } from './counterScenarios.ts';
import { CREATE_UPLOAD_SCENARIOS, PLANNER_SCENARIOS } from './createUploadScenarios.ts';
import { HOSTILE_CALLER } from './hostileCaller.ts';
import { OUTBOX_SCENARIOS } from './outboxScenarios.ts';
import { ROW_SCENARIOS } from './rowScenarios.ts';

const FIX =
  'restore the function or trigger by a migration (pnpm --filter @app/db generate): packages/db/src/functions';

/** The behaviour of the functions and triggers in one session. */
const ALL = [...COUNTER_SCENARIOS, ...CREATE_UPLOAD_SCENARIOS, ...OUTBOX_SCENARIOS, ...ROW_SCENARIOS];

export const behaviour: Subject = {
  name: 'behaviour',
  startsFrom: 'migrated',
  database: 'shared',
  checks: [
    ...scenarios([...ALL, ...PLANNER_SCENARIOS], FIX),
    ...scenarios(
      ALL.map((scenario) => ({ ...scenario, name: `${scenario.name}, with a hostile search_path` })),
      FIX,
      HOSTILE_CALLER,
    ),
  ],
};
