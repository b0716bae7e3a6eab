import type { Check, Subject } from '../check.ts';
import type { VerifyConfig } from '../config.ts';
import { interrupted, interruptedEverywhere } from './interrupted.ts';
import { blockedWriters } from './locks.ts';
import { everyStop, fileByFile, fromEmpty, ledgerAgrees, runnersAtOnce, sameRows, secondRun } from './runs.ts';

export const MIGRATIONS = 'migrations';

/** What the migrations do to a live database, run for real. */
export function migrationsSubject(config: VerifyConfig): Subject {
  const { prior, after } = config;
  const resize = prior?.resize;
  const sizes = (amounts: readonly number[]) =>
    resize === undefined ? [] : amounts.map((rows) => sameRows({ rows, resize }));
  return {
    name: MIGRATIONS,
    startsFrom: 'prior',
    database: 'each',
    checks: [
      // The longest first, while there is other work to do beside them.
      blockedWriters(config, 10_000),
      interrupted('kill -9', 1, after),
      ...(prior === undefined ? [] : [sameRows(), fromEmpty()]),
      ...sizes([10_000]),
      secondRun(),
      ledgerAgrees(),
      runnersAtOnce(after),
      ...[
        ...sizes([0, 200_000]),
        ...(resize === undefined ? [] : [blockedWriters(config, 200_000)]),
        fileByFile(after),
        everyStop(after),
        interrupted('pg_terminate_backend', 2, after),
        interruptedEverywhere('kill -9', after),
      ].map((check): Check => ({ ...check, thorough: true })),
    ],
  };
}
