import type { CatalogObject, Difference, TriggerObject } from '@app/catalog';
import type { Observation } from '../check.ts';

/** In what the two differ, each aspect in the field's own word; the whole definition where no aspect says it. */
export function aspectsThatDiffer(
  difference: Difference,
  expected: CatalogObject,
  actual: CatalogObject,
): Observation[] {
  const [wanted, found] = [aspectsOf(expected), aspectsOf(actual)];
  const differing = Object.keys(wanted).flatMap((what): Observation[] => {
    const [one, other] = [wanted[what] ?? 'none', found[what] ?? 'none'];
    return one === other ? [] : [{ what, ...firstDifference(one, other) }];
  });
  if (differing.length > 0) return differing;
  return [{ what: 'definition', ...firstDifference(difference.expected ?? '', difference.actual ?? '') }];
}

function aspectsOf(object: CatalogObject): Record<string, string> {
  return { ...ownAspects(object), ...(object.owner !== undefined && { owner: object.owner }) };
}

function ownAspects(object: CatalogObject): Record<string, string> {
  switch (object.kind) {
    case 'column':
      return {
        type: object.type,
        default: object.default ?? 'none',
        'NOT NULL': object.notNull ? 'NOT NULL' : 'nullable',
        generated: object.generated ?? 'no',
        identity: object.identityKind ?? 'no',
        collation: object.collation ?? 'default',
        storage: object.alterations.join(', '),
      };
    case 'constraint':
      return {
        validated: object.validated ? 'VALIDATED' : 'NOT VALID',
        enforced: object.enforced ? 'enforced' : 'not enforced',
        // Both would be in the definition as well; NOT VALID alone is not a change of it.
        definition: object.definition.replace(/ NOT VALID$/, ''),
      };
    case 'index':
      return {
        valid: object.valid && object.ready ? 'valid' : 'INVALID',
        definition: object.definition.replace(/ \/\* not [a-z, ]+ \*\//, ''),
      };
    case 'function':
      return {
        body: object.body,
        settings: object.settings.join(', ') || 'none',
        security: object.securityDefiner ? 'SECURITY DEFINER' : 'SECURITY INVOKER',
        volatility: object.volatility,
        'null arguments': object.strict ? 'STRICT' : 'CALLED ON NULL INPUT',
        language: object.language,
        arguments: object.arguments,
        result: object.result ?? 'none',
      };
    case 'table':
      return {
        'row level security': onOff(object.rowSecurity),
        'forced row level security': onOff(object.forceRowSecurity),
        options: object.options.join(', ') || 'none',
        'replica identity': object.replicaIdentity,
      };
    case 'trigger':
      return {
        enabled: ENABLED[object.enabled],
        definition: object.settings.reduce((text, setting) => text.replace(`;\n${setting}`, ''), object.definition),
      };
    case 'policy':
      return {
        'permissive or restrictive': object.permissive ? 'PERMISSIVE' : 'RESTRICTIVE',
        command: object.command,
        roles: object.roles.join(', '),
        USING: object.using ?? 'none',
        'WITH CHECK': object.check ?? 'none',
      };
    case 'grant':
      return { privileges: object.privileges.join(', ') };
    case 'sequence':
      return { options: object.options || 'the defaults', 'owned by': object.ownedBy ?? 'none' };
    default:
      return {};
  }
}

const ENABLED: Record<TriggerObject['enabled'], string> = {
  origin: 'enabled',
  always: 'enabled on replicas too',
  replica: 'enabled on replicas only',
  disabled: 'disabled',
};

function onOff(on: boolean): string {
  return on ? 'on' : 'switched off';
}

/** Of long texts the first line that is not the same. */
function firstDifference(expected: string, actual: string): Omit<Observation, 'what'> {
  const [wanted, found] = [expected.split('\n'), actual.split('\n')];
  if (wanted.length === 1 && found.length === 1) return { expected, actual };
  const line = wanted.findIndex((text, index) => text !== found[index]);
  const at = line === -1 ? wanted.length : line;
  const show = (lines: readonly string[]) => `line ${at + 1}: ${lines[at] ?? 'the text ends before it'}`;
  return { expected: show(wanted), actual: show(found) };
}
