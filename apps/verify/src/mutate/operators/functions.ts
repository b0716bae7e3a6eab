import type { FunctionObject } from '@app/catalog';
import { type Change, change, type Operator, operator } from '../mutant.ts';
import { STATEMENT_MUTATION } from '../routineStatements.ts';
import { mutated, TEXT_MUTATIONS, type TextMutation } from '../textMutations.ts';
import { indexOfWord, tokensOf } from '../tokens.ts';

const routineOperator = (name: string, mutate: (routine: FunctionObject) => readonly Change[]): Operator =>
  operator('function', name, (routine) => (routine.functionKind === 'aggregate' ? [] : mutate(routine)));

export const FUNCTION_OPERATORS: readonly Operator[] = [
  operator('function', 'dropped', ({ identity }) => [
    change('with all that needs it', `DROP ROUTINE ${identity} CASCADE`),
  ]),
  operator('function', 'owner changed', ({ identity }, { roles }) =>
    roles
      .filter((role) => role !== 'PUBLIC')
      .map((role) => change(`to ${role}`, `ALTER ROUTINE ${identity} OWNER TO ${role}`)),
  ),
  routineOperator('body replaced', (routine) =>
    otherBodies(routine).map((body) => change(body, withBody(routine, body))),
  ),
  routineOperator('security swapped', (routine) => {
    const other = routine.securityDefiner ? 'INVOKER' : 'DEFINER';
    return [change(`to ${other}`, `ALTER ROUTINE ${routine.identity} SECURITY ${other}`)];
  }),
  routineOperator('setting dropped', ({ identity, settings }) =>
    settings.map((setting) => change(setting, `ALTER ROUTINE ${identity} RESET ${setting.split('=')[0]}`)),
  ),
  routineOperator('volatility changed', ({ identity, volatility }) =>
    ['volatile', 'stable', 'immutable']
      .filter((other) => other !== volatility)
      .map((other) => change(`to ${other}`, `ALTER FUNCTION ${identity} ${other}`)),
  ),
  routineOperator('STRICT toggled', ({ identity, strict, arguments: parameters }) =>
    parameters === '' ? [] : [change('', `ALTER FUNCTION ${identity} ${strict ? 'CALLED ON NULL INPUT' : 'STRICT'}`)],
  ),
  routineOperator('parameter default changed', (routine) =>
    otherDefaults(routine.arguments).map((text) =>
      change(
        text,
        routine.definition.replace(`(${routine.arguments})`, () => `(${text})`),
      ),
    ),
  ),
  ...[...TEXT_MUTATIONS, STATEMENT_MUTATION].map((mutation) =>
    routineOperator(`body: ${mutation.name}`, (routine) => bodies(routine, mutation)),
  ),
];

const LANGUAGES = ['plpgsql', 'sql'];

function bodies(routine: FunctionObject, mutation: TextMutation): Change[] {
  if (!LANGUAGES.includes(routine.language) || !isQuoted(routine)) return [];
  return mutated(routine.body, mutation).map(({ what, text }) => change(what, withBody(routine, text)));
}

/** A body of BEGIN ATOMIC is no text. */
function isQuoted({ definition, body }: FunctionObject): boolean {
  return body !== '' && definition.includes(body);
}

function withBody({ definition, body }: FunctionObject, other: string): string {
  const at = definition.lastIndexOf(body);
  return definition.slice(0, at) + other + definition.slice(at + body.length);
}

const NOTHINGS: Readonly<Record<string, readonly string[]>> = {
  trigger: ['NULL', 'NEW', 'OLD'],
  boolean: ['NULL', 'true', 'false'],
  integer: ['NULL', '0'],
  bigint: ['NULL', '0'],
  numeric: ['NULL', '0'],
  text: ['NULL', "''"],
};

function otherBodies(routine: FunctionObject): string[] {
  if (!isQuoted(routine)) return [];
  const { language, result = 'void' } = routine;
  const values = NOTHINGS[result] ?? ['NULL'];
  if (language === 'sql') return result === 'void' ? ['SELECT NULL'] : values.map((value) => `SELECT ${value}`);
  if (language !== 'plpgsql') return [];
  if (result === 'void' || /^(SETOF|TABLE)/.test(result)) return ['BEGIN RETURN; END'];
  return values.map((value) => `BEGIN RETURN ${value}; END`);
}

/** One default each: a number by the next, whatever else by NULL, NULL by a text. */
function otherDefaults(parameters: string): string[] {
  const tokens = tokensOf(parameters);
  return tokens.flatMap(({ text }, index): string[] => {
    if (text !== 'DEFAULT') return [];
    const [first, last] = [tokens[index + 1], tokens[indexOfWord(tokens, index, 0, new Set([','])) - 1]];
    if (first === undefined || last === undefined) return [];
    const splice = (by: string, to: number) => parameters.slice(0, first.start) + by + parameters.slice(to);
    if (first.kind === 'number') return [splice(String(BigInt(first.text) + 1n), first.end)];
    return [first.text === 'NULL' ? splice("'x'", first.end) : splice('NULL', last.end)];
  });
}
