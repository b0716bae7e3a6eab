import { type Catalog, readCatalog } from '@app/catalog';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Scene } from '../../src/check.ts';
import { subjectsOf } from '../../src/checks/index.ts';
import { readProject } from '../../src/project.ts';
import { runCheck } from '../../src/run.ts';
import config from '../../verify.config.ts';
import { accessBreakages } from '../support/accessBreakages.ts';
import { checkOf, render } from '../support/breakage.ts';
import { counterBreakages } from '../support/counterBreakages.ts';
import { functionBreakages } from '../support/functionBreakages.ts';
import { grantBreakages } from '../support/grantBreakages.ts';
import { handBreakages } from '../support/handBreakages.ts';
import { derivedBreakages } from '../support/objectBreakages.ts';
import { scenarioBreakages } from '../support/scenarioBreakages.ts';
import { securityBreakages } from '../support/securityBreakages.ts';
import { openScenes } from '../support/server.ts';

const BREAKAGES = [
  ...scenarioBreakages,
  ...derivedBreakages,
  ...handBreakages,
  ...functionBreakages,
  ...accessBreakages,
  ...securityBreakages,
  ...counterBreakages,
  ...grantBreakages,
];
const project = await readProject(openScenes(), config);
const SHARED = subjectsOf(config, project).filter(({ database }) => database === 'shared');

test('every check has something that it is seen to fail on', () => {
  const broken = new Set(BREAKAGES.map(({ subject, check }) => `${subject}: ${check}`));
  const checks = SHARED.flatMap(({ name, checks: own }) => own.map((check) => `${name}: ${check.name}`));
  expect(checks.filter((check) => !broken.has(check))).toEqual([]);
});

describe.each(SHARED)('$name', (subject) => {
  let scene: Scene & AsyncDisposable;
  let catalog: Catalog;

  beforeAll(async () => {
    scene = await openScenes()(subject.startsFrom);
    catalog = await readCatalog(scene.sql);
    await subject.prepare?.(scene);
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  test.each(BREAKAGES.filter((breakage) => breakage.subject === subject.name))(
    '$check: $what is seen, and its repair too',
    async (breakage) => {
      const sql = breakage.as === 'superuser' ? scene.superuser : scene.sql;
      const prove = () => runCheck(subject, checkOf(subject, breakage.check), scene);
      await sql.unsafe(render(breakage.damage, catalog));
      const seen = await prove();
      expect(seen).toMatchObject({ status: 'failed' });
      // An observation, not a proof that stumbled over something else.
      expect(JSON.stringify(seen)).not.toContain('runs to its end');
      await sql.unsafe(render(breakage.mend, catalog));
      expect(await prove()).toMatchObject({ status: 'passed' });
    },
  );
});
