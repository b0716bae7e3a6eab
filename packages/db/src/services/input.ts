import type { z } from 'zod';
import { type InputProblem, InvalidInput } from '../errors.ts';
import { RULES, type Rule } from '../types/rules.ts';

type Issue = z.core.$ZodIssue;

const MAX_PROBLEMS = 20;
const MAX_FIELD_CHARACTERS = 100;

/**
 * Parses an operation's input.
 *
 * @throws InvalidInput with each field that breaks a rule, and the shape of its value
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [first, ...others] = parsed.error.issues.flatMap((issue) => problemsOf(issue, input)).slice(0, MAX_PROBLEMS);
  throw new InvalidInput([first ?? problem('', 'type', 'is not valid', input), ...others]);
}

function problemsOf(issue: Issue, input: unknown): InputProblem[] {
  const field = issue.path.join('.');
  const value = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)[key], input);
  switch (issue.code) {
    case 'custom': {
      const rule = issue.params?.rule as Rule;
      return [problem(field, rule, RULES[rule], value)];
    }
    case 'invalid_type':
      if (value === undefined) return [problem(field, 'required', `is required (${issue.expected})`, value)];
      return [problem(field, 'type', `must be of type ${issue.expected}`, value)];
    case 'too_small':
      return [problem(field, 'range', `must be at least ${issue.minimum}`, value)];
    case 'too_big':
      return [problem(field, 'range', `must be at most ${issue.maximum}`, value)];
    case 'invalid_value':
      return [problem(field, 'enum', `must be one of ${issue.values.join(', ')}`, value)];
    case 'unrecognized_keys':
      return issue.keys.map((key) =>
        problem(
          [...issue.path, key].join('.').slice(0, MAX_FIELD_CHARACTERS),
          'unknown-field',
          'is not a field of the input',
          undefined,
        ),
      );
    default:
      return [problem(field, 'type', issue.message, value)];
  }
}

function problem(field: string, rule: InputProblem['rule'], expected: string, value: unknown): InputProblem {
  return { field, rule, expected, received: shapeOf(value) };
}

/** Describes a value without its content, which may be large or secret. */
export function shapeOf(value: unknown): string {
  if (typeof value === 'string') return shapeOfString(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined)
    return `${value}`;
  if (Array.isArray(value)) return `array of ${value.length}`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid Date' : 'Date';
  return typeof value;
}

const MAX_INSPECTED_CHARACTERS = 100_000;

function shapeOfString(value: string): string {
  const shape = `string of ${Buffer.byteLength(value)} bytes`;
  if (value.length > MAX_INSPECTED_CHARACTERS) return shape;
  if (value.includes('\0')) return `${shape} with a NUL`;
  if (/\p{Surrogate}/u.test(value)) return `${shape} with a lone surrogate`;
  if (value.normalize('NFC') !== value) return `${shape} not in Normalization Form C`;
  return shape;
}
