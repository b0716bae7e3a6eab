/** What stands in a queue of deadlines; in one at a time. */
export interface Entry<Item> {
  /** In `performance.now()`'s milliseconds. */
  readonly deadline: number;
  /** Called once the deadline has come and the entry has been taken out. */
  expire(): void;
  before: Item | undefined;
  after: Item | undefined;
}

/**
 * Entries in the order of their deadlines, which is about the order in which they come; one timer serves them all.
 * Linked, since any of them may leave at any moment, tens of thousands of times a second.
 */
export class DeadlineQueue<Item extends Entry<Item>> {
  #first: Item | undefined;
  #last: Item | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = 0;

  get first(): Item | undefined {
    return this.#first;
  }

  push(item: Item): void {
    let before = this.#last;
    while (before !== undefined && before.deadline > item.deadline) before = before.before;
    const after = before === undefined ? this.#first : before.after;
    item.before = before;
    item.after = after;
    if (before === undefined) this.#first = item;
    else before.after = item;
    if (after === undefined) this.#last = item;
    else after.before = item;
    if (this.#timer === undefined || item.deadline < this.#timerAt) this.#watch(item.deadline);
  }

  /** Does nothing for one that is not in it. */
  remove(item: Item): void {
    if (this.#first !== item && item.before === undefined) return;
    if (item.before === undefined) this.#first = item.after;
    else item.before.after = item.after;
    if (item.after === undefined) this.#last = item.before;
    else item.after.before = item.before;
    item.before = undefined;
    item.after = undefined;
  }

  /** Unreferenced: what is under way holds a socket, and that keeps the process alive. */
  #watch(deadline: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = deadline;
    this.#timer = setTimeout(() => this.#expire(), Math.ceil(deadline - performance.now())).unref();
  }

  #expire(): void {
    const now = performance.now();
    for (let late = this.#first; late !== undefined && late.deadline <= now; late = this.#first) {
      this.remove(late);
      late.expire();
    }
    this.#timer = undefined;
    if (this.#first !== undefined) this.#watch(this.#first.deadline);
  }
}
