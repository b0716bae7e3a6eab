import { type CatalogKind, objectKey } from '@app/catalog';
import type { CheckResult, Observation, Subject } from './check.ts';
import type { Project } from './project.ts';

/** An object that the migrations made, and what vouches for it. */
interface CoveredObject {
  readonly kind: CatalogKind;
  /** `objectKey` of @app/catalog: unique, and what a waiver names. */
  readonly key: string;
  /** `proved`: a check that proves it passed; `failed`: one did not, or was not run. */
  readonly state: 'proved' | 'failed' | 'waived' | 'unproved';
  /** The checks that prove it, as `subject: name`. */
  readonly checks: readonly string[];
  /** Why nothing does. */
  readonly waiver?: string;
}

/** Every object of the migrations' schemas, but for what was there before the first migration. */
export interface Coverage {
  readonly objects: readonly CoveredObject[];
  readonly totals: { readonly [state in CoveredObject['state']]: number };
}

/** What is proved of everything that there is. */
export function coverageOf(
  { made, config }: Project,
  subjects: readonly Subject[],
  results: readonly CheckResult[],
): Coverage {
  const passed = new Set(
    results.filter(({ status }) => status === 'passed').map(({ subject, name }) => `${subject}: ${name}`),
  );
  const checks = new Map<string, string[]>();
  for (const subject of subjects)
    for (const { name, proves = [] } of subject.checks)
      for (const key of proves) checks.set(key, [...(checks.get(key) ?? []), `${subject.name}: ${name}`]);
  const objects = made.map((object): CoveredObject => {
    const key = objectKey(object);
    const own = checks.get(key) ?? [];
    const waiver = config.waivers?.[key];
    const proved = own.every((check) => passed.has(check)) ? 'proved' : 'failed';
    const state = own.length > 0 ? proved : waiver === undefined ? 'unproved' : 'waived';
    return { kind: object.kind, key, state, checks: own, ...(waiver !== undefined && { waiver }) };
  });
  const count = (state: CoveredObject['state']) => objects.filter((object) => object.state === state).length;
  return {
    objects,
    totals: { proved: count('proved'), failed: count('failed'), waived: count('waived'), unproved: count('unproved') },
  };
}

const SUBJECT = 'coverage';

/** An object that nothing proves fails, and so does a waiver of what is not there or is proved. */
export function coverageResults({ objects }: Coverage, waivers: Readonly<Record<string, string>> = {}): CheckResult[] {
  const unproved = objects
    .filter(({ state }) => state === 'unproved')
    .map(({ key }) => ({ what: key, expected: 'a check that proves it, or a waiver', actual: 'neither' }));
  const idle = Object.keys(waivers).flatMap((key): Observation[] => {
    const object = objects.find((candidate) => candidate.key === key);
    if (object === undefined)
      return [{ what: key, expected: 'an object that the migrations make', actual: 'there is none' }];
    return object.checks.length === 0
      ? []
      : [{ what: key, expected: 'no check that proves it', actual: object.checks.join(', ') }];
  });
  return [
    resultOf(
      'every object is proved, or waived with a reason',
      'give it a check that `proves` it, or say in `waivers` of the config why not',
      objects.length,
      unproved,
    ),
    resultOf(
      'every waiver is of an object that nothing proves',
      'take the waiver out of the config',
      Object.keys(waivers).length + 1,
      idle,
    ),
  ];
}

function resultOf(name: string, fix: string, observations: number, differences: readonly Observation[]): CheckResult {
  const about = { subject: SUBJECT, name, elapsedMs: 0 };
  if (differences.length > 0) return { ...about, status: 'failed', differences, fix };
  return { ...about, status: 'passed', observations };
}
