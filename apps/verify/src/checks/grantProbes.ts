import { type CatalogObject, objectKey, type ViewObject } from '@app/catalog';
import { madeOfKind, type Project } from '../project.ts';
import { identifier, literal } from '../sql/statements.ts';

/** A statement that the server begins only for who holds one of the privileges. */
export interface Probe {
  readonly privileges: readonly string[];
  /** A grant on this column alone is enough. */
  readonly column?: string;
  readonly statement: string;
}

/** A schema for whatever a probe creates, open to everybody. */
export const WORKSHOP = 'verify_workshop';

/** EXPLAIN asks for the rights that the statement needs, and does no more. */
export function probesOf(project: Project, object: CatalogObject): Probe[] {
  switch (object.kind) {
    case 'table':
      return tableProbes(project, object.identity);
    case 'view':
      return viewProbes(project, object);
    case 'function':
      return [{ privileges: ['EXECUTE'], statement: `EXPLAIN ${callOf(object.identity)}` }];
    case 'sequence':
      return sequenceProbes(object.identity);
    case 'schema':
      return [
        { privileges: ['USAGE'], statement: `SELECT ${object.identity}.verify_probe()` },
        { privileges: ['CREATE'], statement: `CREATE TABLE ${object.identity}.verify_probe ()` },
      ];
    case 'type':
      return [{ privileges: ['USAGE'], statement: `CREATE TABLE ${WORKSHOP}.typed (it ${object.identity})` }];
    default:
      return [];
  }
}

function tableProbes(project: Project, identity: string): Probe[] {
  return [
    ...columnsOf(project, identity).flatMap((own) => [reading(identity, own), ...writing(identity, own)]),
    { privileges: ['DELETE'], statement: `EXPLAIN DELETE FROM ${identity}` },
    { privileges: ['TRUNCATE'], statement: `TRUNCATE ${identity}` },
    ...referring(project, identity),
    { privileges: ['TRIGGER'], statement: trigger('BEFORE', identity) },
    ...maintaining(project, `table ${identity}`, identity),
  ];
}

/** What a view is not made for is nobody's to do: only a materialized one asks before it says so. */
function viewProbes(project: Project, view: ViewObject): Probe[] {
  const { identity, materialized } = view;
  const columns = columnsOf(project, identity);
  return [
    ...columns.flatMap((own) => [reading(identity, own), ...writing(identity, own)]),
    { privileges: ['DELETE'], statement: `EXPLAIN DELETE FROM ${identity}` },
    ...(materialized
      ? maintaining(project, objectKey(view), identity)
      : [{ privileges: ['TRIGGER'], statement: trigger('INSTEAD OF', identity) }]),
  ];
}

function sequenceProbes(identity: string): Probe[] {
  return [
    { privileges: ['SELECT'], statement: `SELECT last_value FROM ${identity}` },
    { privileges: ['USAGE', 'UPDATE'], statement: `SELECT nextval(${literal(identity)})` },
    { privileges: ['UPDATE'], statement: `SELECT setval(${literal(identity)}, nextval(${literal(identity)}))` },
  ];
}

function columnsOf(project: Project, identity: string): string[] {
  return madeOfKind(project, 'column').flatMap(({ table, name }) => (table === identity ? identifier(name) : []));
}

function reading(identity: string, column: string): Probe {
  return { privileges: ['SELECT'], column, statement: `EXPLAIN SELECT ${column} FROM ${identity}` };
}

function writing(identity: string, column: string): Probe[] {
  return [
    { privileges: ['INSERT'], column, statement: `EXPLAIN INSERT INTO ${identity} (${column}) VALUES (DEFAULT)` },
    { privileges: ['UPDATE'], column, statement: `EXPLAIN UPDATE ${identity} SET ${column} = DEFAULT` },
  ];
}

function referring({ model }: Project, identity: string): Probe[] {
  const { columns = [], constraints = [] } = model.get(identity) ?? {};
  const key = constraints.find(({ type }) => type === 'primary key' || type === 'unique');
  if (key === undefined) return [];
  const names = key.columns.map(identifier).join(', ');
  const typed = columns.filter(({ name }) => key.columns.includes(name));
  const types = typed.map(({ name, type }) => `${identifier(name)} ${type}`).join(', ');
  const statement = `CREATE TABLE ${WORKSHOP}.child (${types}, FOREIGN KEY (${names}) REFERENCES ${identity} (${names}))`;
  return [{ privileges: ['REFERENCES'], statement }];
}

function trigger(when: string, identity: string): string {
  return `CREATE TRIGGER verify_probe ${when} UPDATE ON ${identity}
    FOR EACH ROW EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()`;
}

/** Before PostgreSQL 17 nobody is granted it. */
function maintaining(project: Project, key: string, identity: string): Probe[] {
  const isKnown = madeOfKind(project, 'grant').some(
    ({ on, privileges }) => on === key && privileges.includes('MAINTAIN'),
  );
  return isKnown ? [{ privileges: ['MAINTAIN'], statement: `REINDEX TABLE ${identity}` }] : [];
}

/** OFFSET: a call of values that are known could be left out of the plan. */
function callOf(identity: string): string {
  const [name = '', types = ''] = [identity.slice(0, identity.indexOf('(')), /\((.*)\)$/s.exec(identity)?.[1]];
  const given =
    types === '' ? [] : types.split(',').map((type, n) => `NULL::${type.replace(/^VARIADIC /, '')} AS given_${n}`);
  return `SELECT ${name}(${given.map((_, n) => `given_${n}`).join(', ')}) FROM (SELECT ${given.join(', ')} OFFSET 0) AS given`;
}
