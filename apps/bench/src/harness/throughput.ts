import { drive, type Operation, type Slice } from './drive.ts';
import type { Contender, Role } from './interleave.ts';

/** An operation that is repeated. */
export interface Opened {
  readonly ask: Operation;
  close(): PromiseLike<unknown>;
}

export interface Asked {
  readonly name: string;
  readonly role: Role;
  /** Makes the operation, with a connection for each of `atOnce` callers. */
  open(atOnce: number): Opened | Promise<Opened>;
  /** Runs before each round. */
  readonly beforeRound?: () => void;
}

/** The number of concurrent clients, in a title. */
export function clients(count: number): string {
  return count === 1 ? '1 client' : `${count} clients`;
}

/** A contender whose operation `atOnce` callers repeat for `sliceMs` milliseconds in each round. */
export function throughputOf(asked: Asked, { atOnce, sliceMs }: { atOnce: number; sliceMs: number }): Contender<Slice> {
  let opened: Opened | undefined;
  return {
    name: asked.name,
    role: asked.role,
    setup: async () => {
      opened = await asked.open(atOnce);
      asked.beforeRound?.();
      // Opens each connection and prepares its statement.
      const { ask } = opened;
      await Promise.all(Array.from({ length: 2 * atOnce }, (_, caller) => ask(caller % atOnce)));
    },
    run: async () => {
      if (opened === undefined) throw new Error('run comes after setup');
      asked.beforeRound?.();
      return drive(opened.ask, { atOnce, ms: sliceMs });
    },
    teardown: async () => {
      await opened?.close();
    },
  };
}
