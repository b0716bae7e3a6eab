/** What can stand in a chain; in one at a time. */
export interface Link<Item> {
  before: Item | undefined;
  after: Item | undefined;
}

/**
 * A queue that gives up any of its items at once. A Set would do, but one that is filled and emptied all the time
 * leaves chains of old tables behind, which keep what was in them from the young generation's collector.
 */
export class Chain<Item extends Link<Item>> {
  first: Item | undefined;
  #last: Item | undefined;

  push(item: Item): void {
    item.before = this.#last;
    if (this.#last === undefined) this.first = item;
    else this.#last.after = item;
    this.#last = item;
  }

  /** Whether the item was in this chain. */
  remove(item: Item): boolean {
    if (this.first !== item && item.before === undefined) return false;
    if (item.before === undefined) this.first = item.after;
    else item.before.after = item.after;
    if (item.after === undefined) this.#last = item.before;
    else item.after.before = item.before;
    item.before = undefined;
    item.after = undefined;
    return true;
  }
}
