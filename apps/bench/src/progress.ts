interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface Progress {
  /** A case begins. */
  heading(text: string): void;
  /** What is being done; on a terminal it replaces what was said before. */
  step(text: string): void;
  /** Takes away what the next output would be written over. */
  end(): void;
}

const ERASE_LINE = '\r\u001b[K';

/** On a terminal one line that changes; elsewhere the headings alone. */
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
