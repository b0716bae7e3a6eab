const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `clear` before a signal ends the process, with 2; a second signal does not wait. Gives a function that takes it
 * back, and after a signal waits for that end: what the work says of databases that are being dropped is of no use.
 */
export function clearedOnSignal(clear: () => Promise<void>): () => Promise<void> {
  let ending: Promise<void> | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (ending !== undefined) process.exit(2);
    process.stderr.write(`\n${signal}: dropping what was created\n`);
    // What is cut off with its database has nothing more to say, and must not end the process before all are dropped.
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, () => undefined);
    ending = clear().then(
      () => process.exit(2),
      () => process.exit(2),
    );
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return async () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    await ending;
  };
}
