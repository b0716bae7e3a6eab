import type { Check, Subject } from '../check.ts';
import type { VerifyConfig } from '../config.ts';
import { blockedWriters } from './blockedWriters.ts';
import { interruptedRun } from './interruptedRuns.ts';
import { concurrentRunners, fromEmpty, ledgerAgrees, oneRunForEachFile, sameRows, secondRun } from './runChecks.ts';

export const MIGRATIONS = 'migrations';

/** Runs the migrations on databases in the prior state. */
export function migrationsSubject(config: VerifyConfig): Subject {
  const { prior, after } = config;
  const resize = prior?.resize;
  const atSizes = (sizes: readonly number[]) =>
    resize === undefined ? [] : sizes.map((rows) => sameRows({ rows, resize }));
  return {
    name: MIGRATIONS,
    startsFrom: 'prior',
    database: 'each',
    checks: [
      // The slowest checks come first, so that the others run beside them.
      blockedWriters(config, 10_000),
      interruptedRun('a', after),
      ...(prior === undefined ? [] : [sameRows(), fromEmpty()]),
      ...atSizes([10_000]),
      secondRun(),
      ledgerAgrees(),
      concurrentRunners(after),
      ...[
        ...atSizes([0, 200_000]),
        ...(resize === undefined ? [] : [blockedWriters(config, 200_000)]),
        oneRunForEachFile(after),
        interruptedRun('any', after),
      ].map((check): Check => ({ ...check, thorough: true })),
    ],
  };
}
