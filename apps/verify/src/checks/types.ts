import { objectKey, readCatalog, type TypeObject } from '@app/catalog';
import type { Check, Observation, Scene, Subject } from '../check.ts';
import { shortName } from '../derive/names.ts';
import { madeOfKind, type Project } from '../project.ts';
import { ACCEPTED, answer, attempt, refused, rolledBack } from '../sql/attempt.ts';
import { literal } from '../sql/statements.ts';

/** An enum has its values in their order and takes no other; a domain refuses what is just outside it. */
export function typesSubject(project: Project): Subject {
  return {
    name: 'types',
    startsFrom: 'migrated',
    database: 'shared',
    checks: madeOfKind(project, 'type').map((type) => typeCheck(project, type)),
  };
}

function typeCheck(project: Project, type: TypeObject): Check {
  return {
    name: shortName(type.identity),
    fix: `restore it by a migration: ${type.definition}`,
    proves: [objectKey(type)],
    prove: (scene) => {
      if (type.type === 'enum') return proveEnum(scene, type);
      return type.type === 'domain' ? proveDomain(scene, project, type) : proveDefinition(scene, type);
    },
  };
}

async function proveEnum({ superuser }: Scene, { identity, labels }: TypeObject): Promise<Observation[]> {
  return await rolledBack(superuser, async (transaction) => {
    const values = await answer(transaction, `SELECT to_json(enum_range(NULL::${identity}))::text`);
    const stranger = `${labels.join('')}?`.slice(0, 60);
    return [
      { what: 'its values, in order', expected: JSON.stringify(labels), actual: values },
      {
        what: 'another value',
        expected: refused('22P02'),
        actual: await attempt(transaction, `SELECT ${literal(stranger)}::${identity}`),
      },
    ];
  });
}

async function proveDomain({ superuser }: Scene, project: Project, { identity }: TypeObject): Promise<Observation[]> {
  const rules = project.domainRules.get(identity);
  if (rules === undefined || rules instanceof Error) throw rules ?? new Error(`nothing is known of ${identity}`);
  return await rolledBack(superuser, async (transaction) => {
    const observations: Observation[] = [];
    for (const { what, value, expected } of rules)
      observations.push({ what, expected, actual: await attempt(transaction, `SELECT (${value})::${identity}`) });
    const admitted = rules.some(({ expected }) => expected === ACCEPTED) ? 'some' : 'none';
    return [...observations, { what: 'values to be admitted', expected: 'some', actual: admitted }];
  });
}

/** What has no behaviour but its parts. */
async function proveDefinition({ superuser }: Scene, { identity, definition }: TypeObject): Promise<Observation[]> {
  const { objects } = await readCatalog(superuser);
  const found = objects.find((object) => object.kind === 'type' && object.identity === identity);
  return [{ what: 'definition', expected: definition, actual: found?.definition ?? 'not there' }];
}
