/** No answer came in time; `code` is the driver's for the same at the handshake. */
export class NoAnswer extends Error {
  readonly code = 'CONNECT_TIMEOUT';
}

/** Settles as `promise` does, or rejects with NoAnswer after `ms` milliseconds. */
export async function within<T>(ms: number, promise: PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`no answer within ${Math.round(ms)} ms`)), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
