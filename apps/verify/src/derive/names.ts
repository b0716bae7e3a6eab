import type { Project } from '../project.ts';

/** How an object goes by in a report: without the schema that everybody is in. */
export function shortName(identity: string): string {
  return identity.startsWith('public.') ? identity.slice('public.'.length) : identity;
}

/** A constraint's name alone where no other has it, else with its table. */
export function constraintName(
  { made }: Project,
  { name, table }: { readonly name: string; readonly table: string },
): string {
  const same = made.filter((object) => object.kind === 'constraint' && object.name === name);
  return same.length > 1 ? `${name} on ${shortName(table)}` : name;
}
