const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const cleanups = new Set<() => void>();

/**
 * Runs the synchronous `cleanup` when this process ends: normally, by process.exit, by an uncaught exception, by Ctrl-C,
 * SIGTERM or SIGHUP. The last registered cleanup runs first. SIGKILL cannot be handled.
 * @returns a function that removes the cleanup
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
      // The other cleanups must still run. The next start removes what this one leaves behind.
    }
  }
  unlisten();
}

/** Ends the process by the same signal, so that its parent sees the signal, unless there are other listeners. */
function onSignal(signal: NodeJS.Signals): void {
  runAll();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

function listen(): void {
  process.on('exit', runAll);
  // Runs first and removes itself: another listener may end the process only if it is the only listener.
  for (const signal of SIGNALS) process.prependListener(signal, onSignal);
}

function unlisten(): void {
  process.off('exit', runAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}
