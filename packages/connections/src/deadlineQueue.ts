/** An entry of a DeadlineQueue. It is in one queue at a time. */
export interface Entry<Item> {
  /** Milliseconds of `performance.now()`. */
  readonly deadline: number;
  /** Called when the deadline has passed and the entry has been removed. */
  expire(): void;
  before: Item | undefined;
  after: Item | undefined;
}

/**
 * Entries ordered by deadline, with one timer for all. A linked list, since entries arrive nearly in order and leave from any
 * place, tens of thousands of times a second.
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
    if (this.#timer === undefined || item.deadline < this.#timerAt) this.#setTimer(item.deadline);
  }

  /** Removes an entry; does nothing where it is not in the queue. */
  remove(item: Item): void {
    if (this.#first !== item && item.before === undefined) return;
    if (item.before === undefined) this.#first = item.after;
    else item.before.after = item.after;
    if (item.after === undefined) this.#last = item.before;
    else item.after.before = item.before;
    item.before = undefined;
    item.after = undefined;
  }

  /** The timer is unreferenced: the socket of an operation keeps the process alive. */
  #setTimer(deadline: number): void {
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
    if (this.#first !== undefined) this.#setTimer(this.#first.deadline);
  }
}
