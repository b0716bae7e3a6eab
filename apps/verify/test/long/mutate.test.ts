import { readFileSync } from 'node:fs';
import { readCatalog } from '@app/catalog';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Subject } from '../../src/check.ts';
import { subjectsOf } from '../../src/checks/index.ts';
import { mutantsOf } from '../../src/mutate/mutants.ts';
import { type MutateOptions, mutate } from '../../src/mutate/mutate.ts';
import { OPERATORS } from '../../src/mutate/operators/index.ts';
import { sampleOf } from '../../src/mutate/sample.ts';
import { exitOf } from '../../src/mutate/score.ts';
import { type Project, readProject } from '../../src/project.ts';
import config from '../../verify.config.ts';
import { openScenes } from '../support/server.ts';

const open = openScenes();
let project: Project;
let constraints: Subject;
beforeAll(async () => {
  project = await readProject(open, config);
  const found = subjectsOf(config, project).find(({ name }) => name === 'constraints');
  if (found === undefined) throw new Error('there are no constraints');
  constraints = found;
});

const operatorOf = ({ kind, operator }: { readonly kind: string; readonly operator: string }) => `${kind} ${operator}`;
/** A change of text is the same whether the text is a CHECK, a view's query or a function's body. */
const mistakeOf = (operator: string) => operator.replace(/^\w+ (CHECK|query|body): /, 'text: ');

test('every operator makes mutants, each of them once', async () => {
  await using scene = await open('empty');
  await scene.superuser.unsafe(readFileSync(new URL('../support/mutable.sql', import.meta.url), 'utf8'));
  const catalog = await readCatalog(scene.superuser, { schemas: ['mutable'] });
  const others = { ...project, made: catalog.objects, sampler: { ...project.sampler, row: () => ({}) } };
  const mutants = [...mutantsOf(project, project.catalog), ...mutantsOf(others, catalog)];
  const made = new Set(mutants.map((mutant) => mistakeOf(operatorOf(mutant))));
  const wanted = OPERATORS.map(({ kind, name }) => mistakeOf(operatorOf({ kind, operator: name })));
  expect(wanted.filter((operator) => !made.has(operator))).toEqual(SEEN_NOWHERE);
  expect(new Set(mutants.map(({ key }) => key)).size).toBe(mutants.length);
});

// What no migration here makes.
const SEEN_NOWHERE = ['extension dropped'];

test('a sample is the same for the same seed, has every operator, and is of the size that was asked for', () => {
  const mutants = mutantsOf(project, project.catalog);
  const keys = (seed: number, size = 300) => sampleOf(mutants, size, seed).map(({ key }) => key);
  expect(keys(1)).toEqual(keys(1));
  expect(keys(1)).not.toEqual(keys(2));
  expect(keys(1)).toHaveLength(300);
  expect(new Set(sampleOf(mutants, 300, 3).map(operatorOf))).toEqual(new Set(mutants.map(operatorOf)));
  expect(keys(1, 5)).toHaveLength(5);
});

describe('the mutants of one CHECK', () => {
  const TITLE = 'constraint uploads_size_bytes_check on public.uploads';
  const judged = (subjects: readonly Subject[], change: Partial<MutateOptions> = {}) =>
    mutate({
      ...{ project, open, subjects, only: [TITLE], postgresMajor: 18, jobs: 4 },
      thresholds: { drift: 100, behaviour: 98 },
      ...change,
    });

  test('are all seen twice: by drift inspection, and by the proof that does what it refuses', async () => {
    const survivors = { [`${TITLE} | dropped`]: 'nobody looks' };
    const report = await judged([constraints], { project: { ...project, config: { ...config, survivors } } });
    expect(report.survivors).toEqual([]);
    expect(report.refuted).toEqual([
      { key: `${TITLE} | dropped`, reason: 'seen by constraints: uploads_size_bytes_check' },
    ]);
    expect(report.total.judged).toBeGreaterThan(4);
    expect(report).toMatchObject({ outcome: 'proved', byKind: { constraint: report.total } });
    expect(exitOf(report)).toBe(0);
  });

  test('survive without that proof, by name and statement; an explanation of each is asked for, and of no others', async () => {
    const blind = {
      ...constraints,
      checks: constraints.checks.filter(({ name }) => name !== 'uploads_size_bytes_check'),
    };
    const report = await judged([blind]);
    const keys = report.survivors.map(({ key }) => key);
    expect(keys).toContain(`${TITLE} | dropped`);
    expect(report.survivors[0]).toMatchObject({
      survived: ['behaviour'],
      statements: ['ALTER TABLE public.uploads DROP CONSTRAINT uploads_size_bytes_check CASCADE'],
    });
    expect(report).toMatchObject({ outcome: 'failed', total: { byDrift: report.total.judged, byBehaviour: 0 } });
    expect(exitOf(report)).toBe(1);

    const none = `${TITLE} | no such mistake`;
    const survivors = Object.fromEntries([...keys, none].map((key) => [key, 'nobody looks']));
    const explained = {
      project: { ...project, config: { ...config, survivors } },
      thresholds: { drift: 100, behaviour: 0 },
    };
    expect(await judged([blind], explained)).toMatchObject({
      outcome: 'failed',
      stale: [{ key: none, reason: 'there is no such mutant' }],
    });
  });
});

test('nothing is judged by proofs that fail without a mistake, or where there is nothing to change', async () => {
  const failing: Subject = {
    ...constraints,
    checks: [{ name: 'red', fix: '', prove: async () => [{ what: 'it', expected: 'so', actual: 'not so' }] }],
  };
  const options = { project, open, postgresMajor: 18, jobs: 1, thresholds: { drift: 100, behaviour: 98 } };
  await expect(mutate({ ...options, subjects: [failing] })).rejects.toThrow(
    'without a mutant, constraints: red failed',
  );
  await expect(mutate({ ...options, subjects: [constraints], only: ['nothing'] })).rejects.toThrow('nothing to change');
});
