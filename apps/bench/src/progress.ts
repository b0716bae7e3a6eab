interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface Progress {
  /** A case begins. */
  heading(text: string): void;
  /** Shows the current step. On a terminal it replaces the step before. */
  step(text: string): void;
  /** Erases the progress line, so that other output can follow. */
  end(): void;
}

const ERASE_LINE = '\r\u001b[K';

/** Shows one changing line on a terminal, and the headings only elsewhere. */
export function progressOn(output: Output): Progress {
  const erase = output.isTTY ? ERASE_LINE : '';
  return {
    heading: (text) => output.write(`${erase}${text}\n`),
    step: (text) => {
      if (output.isTTY) output.write(`${erase}  ${text}`);
    },
    end: () => output.write(erase),
  };
}
