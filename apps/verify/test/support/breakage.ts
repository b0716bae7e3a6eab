import type { Catalog, CatalogKind } from '@app/catalog';
import type { Check, Subject } from '../../src/check.ts';

/** A statement, or one that needs to know how the object was before it was broken. */
export type Statement = string | ((catalog: Catalog) => string);

/** An object broken by hand in the database of a subject: the check must see it, and see it mended. */
export interface Breakage {
  /** Its name. */
  readonly subject: string;
  readonly check: string;
  readonly what: string;
  readonly damage: Statement;
  readonly mend: Statement;
  /** For what the schema's owner may not do. */
  readonly as?: 'superuser';
}

export function checkOf(subject: Subject, name: string): Check {
  const check = subject.checks.find((candidate) => candidate.name === name);
  if (check === undefined) throw new Error(`${subject.name} has no check ${name}`);
  return check;
}

/** The definition that an object has in the unbroken catalog. */
export function definition(kind: CatalogKind, identity: string): (catalog: Catalog) => string {
  return ({ objects }) => {
    const object = objects.find((candidate) => candidate.kind === kind && candidate.identity === identity);
    if (object === undefined) throw new Error(`the catalog has no ${kind} ${identity}`);
    return object.definition;
  };
}

export function both(...statements: readonly Statement[]): (catalog: Catalog) => string {
  return (catalog) => statements.map((statement) => render(statement, catalog)).join(';\n');
}

export function render(statement: Statement, catalog: Catalog): string {
  return typeof statement === 'string' ? statement : statement(catalog);
}
