import type { Node, RangeVar } from 'libpg-query';

export interface Name {
  schema: string | null;
  name: string;
}

export function relationName(relation: RangeVar | undefined): Name {
  return { schema: relation?.schemaname ?? null, name: relation?.relname ?? '' };
}

/** A possibly qualified name given as a list of strings; `strip` leaves that many parts at the end to the caller. */
export function listName(nodes: readonly Node[] | undefined, strip = 0): Name {
  const parts = strings(nodes);
  const own = strip > 0 ? parts.slice(0, -strip) : parts;
  return { schema: own.at(-2) ?? null, name: own.at(-1) ?? '' };
}

function strings(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []));
}

/** The parts of a DROP's object: a list of names, a type, a function with its arguments, or a single name. */
export function objectParts(node: Node): { parts: string[]; arguments: number | undefined } {
  if ('List' in node) return { parts: strings(node.List.items), arguments: undefined };
  if ('TypeName' in node) return { parts: strings(node.TypeName.names), arguments: undefined };
  if ('ObjectWithArgs' in node) {
    const { objname, objargs, args_unspecified: unspecified } = node.ObjectWithArgs;
    return { parts: strings(objname), arguments: unspecified ? undefined : (objargs ?? []).length };
  }
  return { parts: strings([node]), arguments: undefined };
}
