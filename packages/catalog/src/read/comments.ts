import { objectKey } from '../catalog.ts';
import type { CommentObject } from '../objects/others.ts';
import { kindKeyword } from '../sqlText.ts';
import { addressOf, type CatalogQuery, type Unlinked } from './query.ts';

export interface CommentRow {
  address: string;
  text: string;
  literal: string;
}

// PostgreSQL's own comments are on objects with an oid below 16384. A user's comment can only be there on a schema.
const COMMENTS = `
  SELECT d.classoid::regclass::text AS catalog, d.objoid AS oid, d.objsubid AS sub_id, d.description AS text,
    quote_literal(d.description) AS literal
  FROM pg_description d
  WHERE $1::text IS NOT NULL AND (d.objoid >= 16384 OR (d.classoid = 'pg_namespace'::regclass AND d.description <> 'standard public schema'))`;

/** Every comment in the database; the caller selects those on the objects that it read. */
export async function readComments(query: CatalogQuery): Promise<CommentRow[]> {
  const rows = await query<{ catalog: string; oid: number; sub_id: number; text: string; literal: string }>(COMMENTS);
  return rows.map(({ catalog, oid, sub_id, text, literal }) => ({
    address: addressOf(catalog, oid, sub_id),
    text,
    literal,
  }));
}

export function commentOn(target: Unlinked, comment: CommentRow): CommentObject {
  return {
    kind: 'comment',
    identity: `on ${target.kind} ${target.identity}`,
    on: objectKey(target),
    text: comment.text,
    definition: `COMMENT ON ${targetKeyword(target)} ${target.identity} IS ${comment.literal}`,
    dependsOn: [],
  };
}

function targetKeyword(target: Unlinked): string {
  return target.kind === 'table' && target.tableKind === 'foreign' ? 'FOREIGN TABLE' : kindKeyword(target);
}
