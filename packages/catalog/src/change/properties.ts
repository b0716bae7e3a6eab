import type { CatalogObject } from '../catalog.ts';
import type { Difference } from '../diffCatalogs.ts';
import type { ColumnObject, TriggerObject } from '../objects/tables.ts';

/** A property by its name, or the whole `definition`. */
export interface PropertyDifference {
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
}

/** The properties that differ; the whole definition where no single property shows the difference. */
export function propertiesThatDiffer(
  difference: Difference,
  expected: CatalogObject,
  actual: CatalogObject,
): PropertyDifference[] {
  const [wanted, found] = [propertiesOf(expected), propertiesOf(actual)];
  const differing = [...new Set([...Object.keys(wanted), ...Object.keys(found)])].flatMap(
    (what): PropertyDifference[] => {
      const [one, other] = [wanted[what] ?? 'none', found[what] ?? 'none'];
      return one === other ? [] : [{ what, ...firstDifference(one, other) }];
    },
  );
  if (differing.length > 0) return differing;
  return [{ what: 'definition', ...firstDifference(difference.expected ?? '', difference.actual ?? '') }];
}

function propertiesOf(object: CatalogObject): Record<string, string> {
  return { ...ownProperties(object), ...(object.owner !== undefined && { owner: object.owner }) };
}

function ownProperties(object: CatalogObject): Record<string, string> {
  switch (object.kind) {
    case 'column':
      return {
        type: object.type,
        ...valueSourceOf(object),
        'NOT NULL': object.notNull ? 'NOT NULL' : 'nullable',
        identity: object.identityKind ?? 'no',
        collation: object.collation ?? 'default',
        storage: listOf(object.alterations),
      };
    case 'constraint':
      return {
        validated: object.validated ? 'VALIDATED' : 'NOT VALID',
        enforced: object.enforced ? 'enforced' : 'not enforced',
        // The definition repeats these two states, which have properties of their own.
        definition: object.definition.replace(/ NOT VALID$| \/\* its triggers are disabled \*\/$/g, ''),
      };
    case 'index':
      return {
        valid: object.valid && object.ready ? 'valid' : 'INVALID',
        unique: object.unique ? 'UNIQUE' : 'not unique',
        method: object.method,
        predicate: object.predicate ?? 'none',
        'replica identity': object.isReplicaIdentity ? 'yes' : 'no',
        columns: columnsOf(object),
      };
    case 'function':
      return {
        body: object.body,
        settings: listOf(object.settings),
        security: object.securityDefiner ? 'SECURITY DEFINER' : 'SECURITY INVOKER',
        volatility: object.volatility,
        'null arguments': object.strict ? 'STRICT' : 'CALLED ON NULL INPUT',
        parallel: object.parallel,
        leakproof: object.leakproof ? 'LEAKPROOF' : 'not LEAKPROOF',
        cost: String(object.cost),
        rows: String(object.rows),
        language: object.language,
        kind: object.functionKind,
        arguments: object.arguments,
        result: object.result ?? 'none',
      };
    case 'table':
      return {
        'row level security': onOff(object.rowSecurity),
        'forced row level security': onOff(object.forceRowSecurity),
        options: listOf(object.options),
        'replica identity': object.replicaIdentity,
        logged: object.unlogged ? 'UNLOGGED' : 'logged',
        inherits: listOf(object.inherits),
        partition: `${object.partitionOf ?? 'none'} ${object.partitionBound ?? ''}`,
        'partition key': object.partitionKey ?? 'none',
      };
    case 'trigger': {
      const definition = object.settings.reduce(
        (text, setting) => text.replace(`;\n${setting}`, ''),
        object.definition,
      );
      return { enabled: ENABLED[object.enabled], definition };
    }
    case 'rule': {
      const [definition = '', setting = 'enabled'] = object.definition.split(/;\n(?=ALTER TABLE )/);
      return { enabled: setting, definition };
    }
    case 'policy':
      return {
        'permissive or restrictive': object.permissive ? 'PERMISSIVE' : 'RESTRICTIVE',
        command: object.command,
        roles: listOf(object.roles),
        USING: object.using ?? 'none',
        'WITH CHECK': object.check ?? 'none',
      };
    case 'grant':
      return { privileges: listOf(object.privileges), 'grant option': listOf(object.grantable) };
    case 'sequence':
      return {
        ...Object.fromEntries(object.allOptions.map((option) => optionOf(option))),
        'owned by': object.ownedBy ?? 'none',
        logged: object.unlogged ? 'UNLOGGED' : 'logged',
      };
    case 'type':
      return {
        kind: object.type,
        ...(object.type === 'enum' && { labels: listOf(object.labels) }),
        ...(object.type === 'composite' && { attributes: listOf(object.attributes) }),
        ...(object.domain && {
          'base type': object.domain.base,
          default: object.domain.default ?? 'none',
          'NOT NULL': object.domain.notNull ? 'NOT NULL' : 'nullable',
          checks: listOf(Object.entries(object.domain.checks).map(([name, text]) => `${name} ${text}`)),
        }),
      };
    case 'view':
      return { query: object.query, options: listOf(object.options), materialized: String(object.materialized) };
    case 'comment':
      return { text: object.text };
    default:
      return {};
  }
}

function valueSourceOf(column: ColumnObject): Record<string, string> {
  if (column.generated === undefined) return { default: column.default ?? 'none', generated: 'no' };
  return { generated: `(${column.default}) ${column.generated.toUpperCase()}` };
}

/** The text after USING: keys with collation and operator class, INCLUDE, NULLS NOT DISTINCT, WITH. */
function columnsOf({ definition, method, predicate }: CatalogObject & { readonly kind: 'index' }): string {
  const [statement = ''] = definition.split(/ \/\* not [a-z, ]+ \*\/|;\n/, 1);
  const whole = predicate === undefined ? statement : statement.slice(0, -` WHERE ${predicate}`.length);
  return whole.slice(whole.indexOf(` USING ${method} `) + ` USING ${method} `.length);
}

/** Splits `INCREMENT BY 2` into `increment` and `2`. */
function optionOf(option: string): [string, string] {
  if (option.endsWith('CYCLE')) return ['cycle', option];
  const [word = '', ...rest] = option.split(' ');
  return [word === 'AS' ? 'type' : word.toLowerCase(), rest.at(-1) ?? ''];
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

function listOf(items: readonly string[]): string {
  return items.join(', ') || 'none';
}

/** The first line that differs, where a text has several lines. */
function firstDifference(expected: string, actual: string): Omit<PropertyDifference, 'what'> {
  const [wanted, found] = [expected.split('\n'), actual.split('\n')];
  if (wanted.length === 1 && found.length === 1) return { expected, actual };
  const line = wanted.findIndex((text, index) => text !== found[index]);
  const at = line === -1 ? wanted.length : line;
  const show = (lines: readonly string[]) => `line ${at + 1}: ${lines[at] ?? 'the text ends before it'}`;
  return { expected: show(wanted), actual: show(found) };
}
