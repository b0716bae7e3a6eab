import type { CatalogObject } from '@app/catalog';

/** How to put back what the migrations made. */
export function fixOfMissing(expected: CatalogObject): string {
  return `as ${expected.owner ?? "the tables' owner"}: ${creation(expected)}`;
}

/** How to take away what is too much on an object of ours. */
export function fixOfExtra(actual: CatalogObject): string {
  return `${removal(actual)}; or, to keep it, bring it into the schema with a migration`;
}

/** How to turn what is there into what it should be. */
export function fixOfChanged(expected: CatalogObject, actual: CatalogObject): string {
  if (expected.owner !== actual.owner)
    return `ALTER ${typeWord(expected)} ${expected.identity} OWNER TO ${expected.owner ?? ''}`;
  return alteration(expected, actual);
}

function alteration(expected: CatalogObject, actual: CatalogObject): string {
  switch (expected.kind) {
    case 'column':
      return `ALTER TABLE ${expected.table} ALTER COLUMN … until it reads: ${expected.definition}`;
    case 'constraint': {
      const { validated, table } = expected;
      if (
        actual.kind === 'constraint' &&
        validated &&
        !actual.validated &&
        withoutState(actual) === expected.definition
      )
        return `ALTER TABLE ${table} VALIDATE CONSTRAINT ${nameOn(expected)}`;
      return `ALTER TABLE ${table} DROP CONSTRAINT ${nameOn(expected)}; ${expected.definition}`;
    }
    case 'index':
      return `DROP INDEX CONCURRENTLY ${expected.identity}; ${creation(expected)}`;
    case 'table':
      if (expected.rowSecurity && actual.kind === 'table' && !actual.rowSecurity)
        return `ALTER TABLE ${expected.identity} ENABLE ROW LEVEL SECURITY`;
      return `ALTER TABLE ${expected.identity} … until it reads: ${expected.definition}`;
    case 'trigger':
      if (expected.enabled === 'origin' && actual.kind === 'trigger' && actual.enabled !== 'origin')
        return `ALTER TABLE ${expected.table} ENABLE TRIGGER ${nameOn(expected)}`;
      return `${removal(expected)}; ${expected.definition}`;
    case 'grant':
    case 'policy':
      return `${removal(actual)}; ${expected.definition}`;
    case 'sequence':
      return `ALTER SEQUENCE ${expected.identity} … until its options are: ${expected.options || 'the defaults'}`;
    default:
      return creation(expected);
  }
}

function creation(object: CatalogObject): string {
  switch (object.kind) {
    case 'column':
      return `ALTER TABLE ${object.table} ADD COLUMN ${object.definition}`;
    case 'index':
      return object.definition.replace(/^CREATE (UNIQUE )?INDEX /, 'CREATE $1INDEX CONCURRENTLY ');
    case 'function':
      return `run the last CREATE OR REPLACE FUNCTION ${object.identity} of the migrations`;
    case 'table':
    case 'view':
      return `run the CREATE ${object.kind.toUpperCase()} ${object.identity} of the migrations, and what follows it`;
    default:
      return object.definition;
  }
}

function removal(object: CatalogObject): string {
  switch (object.kind) {
    case 'grant':
      return object.definition
        .split(';\n')
        .map((text) => text.replace(/^GRANT /, 'REVOKE ').replace(/ WITH GRANT OPTION$/, ''))
        .map((text) => `${text.slice(0, -` TO ${object.grantee}`.length)} FROM ${object.grantee}`)
        .join('; ');
    case 'policy':
    case 'trigger':
    case 'rule':
      return `DROP ${object.kind.toUpperCase()} ${nameOn(object)} ON ${object.table}`;
    case 'constraint':
      return `ALTER TABLE ${object.table} DROP CONSTRAINT ${nameOn(object)}`;
    case 'column':
      return `ALTER TABLE ${object.table} DROP COLUMN, once nothing is kept in it`;
    default:
      return `DROP ${typeWord(object)} ${object.identity}`;
  }
}

/** The quoted name of what is identified as `name on table`. */
function nameOn({ identity, table }: CatalogObject & { readonly table: string }): string {
  return identity.slice(0, -` on ${table}`.length);
}

function withoutState({ definition }: CatalogObject): string {
  return definition.replace(/ NOT VALID$/, '');
}

function typeWord(object: CatalogObject): string {
  return object.kind === 'function' ? 'ROUTINE' : object.kind.toUpperCase();
}
