export function bytesKept(statement: () => PromiseLike<unknown>): Promise<number>;
