export { MigratorError } from '../errors.ts';
export { createProgram, type ProjectDefaults, reporting } from './program.ts';
export type { Target } from './target.ts';
