import { deparse, parse } from 'pgsql-parser';

type Parsed = Awaited<ReturnType<typeof parse>>;
type Node = NonNullable<NonNullable<Parsed['stmts']>[number]['stmt']>;

/**
 * The DROP that has to go before an object's new text: of what the text no longer creates, and of a function whose
 * parameters or result are others, which CREATE OR REPLACE cannot change. Never CASCADE: where something depends on the old one, the migration stops and says so.
 *
 * @param before what the migrations so far end in
 * @param after the object's new text; null when the object is to go altogether
 * @returns DROP statements, in the order to run them
 * @throws Error where the object is neither a function nor a trigger, so that nothing can be derived
 */
export async function dropStatements(name: string, before: string, after: string | null): Promise<string[]> {
  const old = await statementsOf(before);
  if (after === null) {
    const drops = old.flatMap((statement) => dropNode(statement) ?? []);
    if (drops.length === 0) throw new Error(`${name}: no DROP can be derived for it; write the migration by hand`);
    return deparseAll(drops);
  }
  const kept = new Set(await Promise.all((await statementsOf(after)).map(signature)));
  const changed: Node[] = [];
  for (const statement of old) {
    const drop = dropNode(statement);
    if (drop !== undefined && !kept.has(await signature(statement))) changed.push(drop);
  }
  return deparseAll(changed);
}

async function statementsOf(text: string): Promise<Node[]> {
  const { stmts = [] } = await parse(text);
  return stmts.flatMap(({ stmt }) => stmt ?? []);
}

async function deparseAll(statements: Node[]): Promise<string[]> {
  return Promise.all(statements.map(async (statement) => `${await deparse(statement)};`));
}

/** What CREATE OR REPLACE must leave as it is. Of a function: name, parameters (with their names and defaults), result. */
async function signature(statement: Node): Promise<string> {
  if ('CreateTrigStmt' in statement) {
    const { relation, trigname } = statement.CreateTrigStmt;
    return JSON.stringify([relation?.schemaname, relation?.relname, trigname]);
  }
  if (!('CreateFunctionStmt' in statement)) return '';
  return deparse({ CreateFunctionStmt: { ...statement.CreateFunctionStmt, options: [] } });
}

function dropNode(statement: Node): Node | undefined {
  if ('CreateFunctionStmt' in statement) {
    const { funcname = [], parameters = [] } = statement.CreateFunctionStmt;
    const objargs = parameters.flatMap((node) =>
      'FunctionParameter' in node &&
      isInput(node.FunctionParameter.mode) &&
      node.FunctionParameter.argType !== undefined
        ? [{ TypeName: node.FunctionParameter.argType }]
        : [],
    );
    return {
      DropStmt: {
        objects: [{ ObjectWithArgs: { objname: funcname, objargs } }],
        removeType: 'OBJECT_FUNCTION',
        behavior: 'DROP_RESTRICT',
      },
    };
  }
  if ('CreateTrigStmt' in statement) {
    const { relation, trigname } = statement.CreateTrigStmt;
    const items = [relation?.schemaname, relation?.relname, trigname].flatMap((part) =>
      part === undefined ? [] : [{ String: { sval: part } }],
    );
    return { DropStmt: { objects: [{ List: { items } }], removeType: 'OBJECT_TRIGGER', behavior: 'DROP_RESTRICT' } };
  }
  return undefined;
}

function isInput(mode: string | undefined): boolean {
  return mode !== 'FUNC_PARAM_OUT' && mode !== 'FUNC_PARAM_TABLE';
}
