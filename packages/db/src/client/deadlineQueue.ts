/** What stands in a queue of deadlines; in one at a time. */
export interface Entry<Item> {
  /** In `performance.now()`'s milliseconds. */
  deadline: number;
  /** Called once the deadline has come and the entry has been taken out. */
  expire(): void;
  before: Item | undefined;
  after: Item | undefined;
}

/**
 * A queue of entries that have the same time to live, so that their order is the order of their deadlines, and one
 * timer serves them all. Linked, since any of them may leave at any moment, a hundred thousand times a second.
 */
export class DeadlineQueue<Item extends Entry<Item>> {
  readonly #timeoutMs: number;
  #first: Item | undefined;
  #last: Item | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  get first(): Item | undefined {
    return this.#first;
  }

  push(item: Item): void {
    item.deadline = performance.now() + this.#timeoutMs;
    item.before = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.after = item;
    this.#last = item;
    if (this.#timer === undefined) this.#watch(this.#timeoutMs);
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
  #watch(ms: number): void {
    this.#timer = setTimeout(() => this.#expire(), ms).unref();
  }

  #expire(): void {
    const now = performance.now();
    while (this.#first !== undefined && this.#first.deadline <= now) {
      const late = this.#first;
      this.remove(late);
      late.expire();
    }
    this.#timer = undefined;
    if (this.#first !== undefined) this.#watch(Math.ceil(this.#first.deadline - now));
  }
}
