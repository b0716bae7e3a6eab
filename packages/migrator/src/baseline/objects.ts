/** An object that migrations leave behind, named as in their SQL. */
export interface ExpectedObject {
  kind:
    | 'schema'
    | 'extension'
    | 'table'
    | 'view'
    | 'materialized view'
    | 'sequence'
    | 'index'
    | 'type'
    | 'function'
    | 'column'
    | 'constraint'
    | 'trigger'
    | 'policy';
  /** Null where the SQL left it to the connection's own search_path; for an index, the table's. */
  schema: string | null;
  name: string;
  /** The table it belongs to: of columns, constraints, triggers, policies and indexes. */
  table?: string;
  /** Number of input arguments, of functions and procedures. */
  arguments?: number;
  /** Tag of the migration that made it. */
  file: string;
}

/** What a list of migrations leaves behind: creations come in, drops and renames take out. */
export class ObjectSet {
  readonly #objects = new Map<string, ExpectedObject>();
  /** What an unqualified name means at this place of the migrations: the first schema of a search_path that they set. */
  defaultSchema: string | null = null;

  add(object: ExpectedObject): void {
    const qualified = this.#qualify(object);
    this.#objects.set(keyOf(qualified), qualified);
  }

  /** Removes an object and, of a table or view, all that belongs to it. */
  remove(named: Omit<ExpectedObject, 'file'>): void {
    const object = this.#qualify(named);
    this.#objects.delete(keyOf(object));
    this.#removeWhere((it) => isRelation(object) && it.table === object.name && sameSchema(it, object));
  }

  removeSchema(name: string): void {
    this.#removeWhere((it) => (it.kind === 'schema' ? it.name === name : it.schema === name));
  }

  renameTable(named: { schema: string | null; name: string }, to: string): void {
    const from = this.#qualify(named);
    for (const object of [...this.#objects.values()].filter((it) => sameSchema(it, from))) {
      const renamed =
        isRelation(object) && object.name === from.name
          ? { ...object, name: to }
          : object.table === from.name
            ? { ...object, table: to }
            : null;
      if (!renamed) continue;
      this.#objects.delete(keyOf(object));
      this.add(renamed);
    }
  }

  rename(object: Omit<ExpectedObject, 'file'>, to: string): void {
    const key = keyOf(this.#qualify(object));
    const known = this.#objects.get(key);
    if (!known) return;
    this.#objects.delete(key);
    this.add({ ...known, name: to });
  }

  values(): ExpectedObject[] {
    return [...this.#objects.values()];
  }

  #qualify<T extends { schema: string | null }>(object: T): T {
    return { ...object, schema: object.schema ?? this.defaultSchema };
  }

  #removeWhere(condition: (object: ExpectedObject) => boolean): void {
    for (const [key, object] of this.#objects) if (condition(object)) this.#objects.delete(key);
  }
}

/** Names are unique within a schema or a table; an unqualified one is taken to mean `public`, as the search_path mostly does. */
function keyOf({ kind, schema, name, table, arguments: count }: Omit<ExpectedObject, 'file'>): string {
  const owner = kind === 'index' ? '' : (table ?? '');
  return JSON.stringify([isRelation({ kind }) ? 'relation' : kind, schema ?? 'public', owner, name, count ?? null]);
}

function isRelation({ kind }: Pick<ExpectedObject, 'kind'>): boolean {
  return kind === 'table' || kind === 'view' || kind === 'materialized view';
}

function sameSchema(a: { schema: string | null }, b: { schema: string | null }): boolean {
  return (a.schema ?? 'public') === (b.schema ?? 'public');
}
