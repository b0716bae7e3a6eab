const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs `clear` before a signal ends the process; a second signal does not wait. Gives a function that takes it back. */
export function clearedOnSignal(clear: () => Promise<void>): () => void {
  let isEnding = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (isEnding) process.exit(2);
    isEnding = true;
    process.stderr.write(`\n${signal}: dropping what was created\n`);
    clear().then(
      () => process.exit(2),
      () => process.exit(2),
    );
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}
