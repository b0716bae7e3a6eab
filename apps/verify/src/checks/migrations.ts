import type { Check, Subject } from '../check.ts';
import type { VerifyConfig } from '../config.ts';
import { interrupted, interruptedEverywhere } from './migrations/interrupted.ts';
import { blockedWriters } from './migrations/locks.ts';
import { runnersAtOnce } from './migrations/runners.ts';
import { sameRows } from './migrations/sameRows.ts';
import { everyStop, fileByFile } from './migrations/stops.ts';
import { fromEmpty, ledgerAgrees, secondRun } from './migrations/wholeRun.ts';

/** What the migrations do to a live database, run for real. */
export function migrationsSubject(config: VerifyConfig): Subject {
  const { prior } = config;
  return {
    name: 'migrations',
    startsFrom: 'legacy',
    database: 'each',
    checks: [
      // The longest first, while there is other work to do beside them.
      blockedWriters(config, 10_000),
      interrupted('kill -9', 1),
      ...(prior === undefined ? [] : [sameRows(), fromEmpty()]),
      ...sizes(config, [10_000]),
      secondRun(),
      ledgerAgrees(),
      runnersAtOnce(),
      ...[
        ...sizes(config, [0, 200_000]),
        ...(prior?.resize === undefined ? [] : [blockedWriters(config, 200_000)]),
        fileByFile(),
        everyStop(),
        interrupted('pg_terminate_backend', 2),
        interruptedEverywhere('kill -9'),
      ].map(thorough),
    ],
  };
}

function sizes({ prior }: VerifyConfig, amounts: readonly number[]): Check[] {
  const resize = prior?.resize;
  return resize === undefined ? [] : amounts.map((rows) => sameRows({ rows, resize }));
}

function thorough(check: Check): Check {
  return { ...check, thorough: true };
}
