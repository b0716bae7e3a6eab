import type { CheckResult } from '../check.ts';

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface Progress {
  step(result: CheckResult, total: number): void;
  /** Takes the line away. */
  end(): void;
}

const ERASE_LINE = '\r\u001b[K';

/** One line on a terminal that counts the checks; elsewhere nothing but what failed, as it fails. */
export function progressOn(output: Output): Progress {
  let done = 0;
  let failed = 0;
  return {
    step: (result, total) => {
      done += 1;
      if (result.status !== 'passed') failed += 1;
      if (output.isTTY)
        output.write(`${ERASE_LINE}${done}/${total} checks${failed > 0 ? `, ${failed} ✗` : ''}  ${result.subject}`);
      else if (result.status !== 'passed') output.write(`✗ ${result.subject}: ${JSON.stringify(result.name)}\n`);
    },
    end: () => {
      if (output.isTTY && done > 0) output.write(ERASE_LINE);
    },
  };
}
