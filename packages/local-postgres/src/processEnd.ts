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

/** Raises the signal again, so that the parent sees how the process ended. Other listeners, if any, decide instead. */
function onSignal(signal: NodeJS.Signals): void {
  runAll();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

function listen(): void {
  process.on('exit', runAll);
  // Runs before other listeners and is then removed: some of them raise the signal again only if they are alone.
  for (const signal of SIGNALS) process.prependListener(signal, onSignal);
}

function unlisten(): void {
  process.off('exit', runAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}
