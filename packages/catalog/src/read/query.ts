import type { CatalogKind, CatalogObject, ObjectOfKind } from '../catalog.ts';

/** Runs one catalog query. Its `$1` is the JSON list of the schemas to read. A null of a row becomes undefined. */
export type CatalogQuery = <Row>(text: string) => Promise<Row[]>;

/** An object before its dependencies are known, with the catalog row it came from. */
export type Unlinked = CatalogObject extends infer Each
  ? Each extends CatalogObject
    ? Omit<Each, 'dependsOn'>
    : never
  : never;

/** What a query returns for an object: its oid, and its properties except those that are computed. */
export type Row<Kind extends CatalogKind, Computed extends keyof ObjectOfKind<Kind> = never> = Omit<
  ObjectOfKind<Kind>,
  'kind' | 'definition' | 'dependsOn' | Computed
> & { readonly oid: number };

export interface Found {
  readonly object: Unlinked;
  /** `<catalog>:<oid>`, with `.<column number>` for a column; undefined where nothing can depend on it. */
  readonly address: string | undefined;
}

export const IN_SCHEMAS = 'n.nspname IN (SELECT jsonb_array_elements_text($1::text::jsonb))';

/** Leaves out the members of extensions: the extension itself stands for them. */
export function notOfExtension(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${catalog}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`;
}

/** The raw names of an array of column numbers as a JSON list, in the array's order. */
export function columnNames(relation: string, numbers: string): string {
  return `(SELECT coalesce(jsonb_agg(a.attname ORDER BY listed.place), '[]')
     FROM unnest(${numbers}) WITH ORDINALITY AS listed(attnum, place)
     JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = listed.attnum)`;
}

export function addressOf(catalog: string, oid: number, subId = 0): string {
  return subId === 0 ? `${catalog}:${oid}` : `${catalog}:${oid}.${subId}`;
}
