import { objectsOfKind } from '@app/catalog';
import type { Project } from '../project.ts';
import type { Ask } from '../sample/answers.ts';
import { conditionsOf } from '../sample/conditions.ts';
import { pickGiven } from '../sql/statements.ts';
import { type Case, casesOf } from './boundaries.ts';
import { foreignKeysOf, type TableModel, wordsOf } from './model.ts';

/** What a CHECK refuses and admits as far as a search finds it, or why there was nothing to search with. */
export type CheckCases = readonly Case[] | Error;

export type Known = Pick<Project, 'config' | 'made' | 'model' | 'facts' | 'sampler'> & { readonly ask: Ask };

/** Searches the bounds of every CHECK that the migrations made. */
export async function findCheckCases(known: Known): Promise<Map<string, CheckCases>> {
  const found = new Map<string, CheckCases>();
  for (const { identity, name, table, type } of objectsOfKind({ objects: known.made }, 'constraint')) {
    const model = known.model.get(table);
    if (type !== 'check' || model === undefined) continue;
    const cases = await search(known, model, name).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    );
    found.set(identity, cases);
  }
  return found;
}

async function search({ facts, sampler, ask }: Known, model: TableModel, name: string): Promise<Case[]> {
  const conditions = conditionsOf(model, facts);
  const condition = conditions.find((candidate) => candidate.name === name);
  if (condition === undefined) return [];
  const routing = new Set(wordsOf(model.table.partitionKey ?? ''));
  const columns = condition.columns.filter((column) => !routing.has(column));
  const others = conditions.filter((candidate) => candidate !== condition);
  const sample = sampler.row(model.table.identity, 1);
  // At the least the row that every other proof begins with.
  const own = { change: pickGiven(sample, columns), admitted: true };
  const found = await casesOf({ model, ask, sample, others, types: facts.types, condition: { ...condition, columns } });
  // A value that no parent has is refused for another reason.
  const referring = new Set(foreignKeysOf(model).flatMap((key) => key.columns));
  const stands = ({ change, admitted }: Case) =>
    !admitted || !Object.keys(change).some((column) => referring.has(column));
  return [own, ...found.filter(stands)];
}
