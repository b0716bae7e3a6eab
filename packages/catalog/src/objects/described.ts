/**
 * One object of a catalog. Names are raw, identities are SQL text: qualified, and quoted where SQL needs it.
 * `definition` is the object's canonical text: two objects are the same when definition and owner are.
 */
export interface Described<Kind extends string> {
  readonly kind: Kind;
  /** Unique within its kind. */
  readonly identity: string;
  readonly definition: string;
  /** Role name as SQL writes it (quoted where it must be); absent for objects that have no owner of their own. */
  readonly owner?: string;
  /** Keys (`objectKey`) of the objects that must exist before this one can be created. */
  readonly dependsOn: readonly string[];
}
