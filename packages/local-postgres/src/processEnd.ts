const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const cleanups = new Set<() => void>();

/**
 * Runs `cleanup` (synchronous) when this process ends: by itself, by process.exit, by an uncaught exception, by
 * Ctrl-C, SIGTERM or SIGHUP; the last one first. Only SIGKILL is out of reach.
 * @returns a function that takes it back
 */
export function atProcessEnd(cleanup: () => void): () => void {
  if (cleanups.size === 0) listen();
  cleanups.add(cleanup);
  return () => {
    if (cleanups.delete(cleanup) && cleanups.size === 0) unlisten();
  };
}

function runAll(): void {
  for (const cleanup of [...cleanups].reverse()) {
    cleanups.delete(cleanup);
    try {
      cleanup();
    } catch {
      // The process ends: the other cleanups still want their turn, and the next start reaps what is left.
    }
  }
  unlisten();
}

/** Ends the process by the same signal, so that its parent sees the truth, unless other listeners decide about that. */
function onSignal(signal: NodeJS.Signals): void {
  runAll();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

function listen(): void {
  process.on('exit', runAll);
  // First in line and then gone: a listener that re-raises only when it is alone must find itself alone.
  for (const signal of SIGNALS) process.prependListener(signal, onSignal);
}

function unlisten(): void {
  process.off('exit', runAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}
