import type { CheckResult } from '../check.ts';
import { isFinding } from './report.ts';

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface Progress {
  onResult(result: CheckResult): void;
  /** Erases the progress line. */
  end(): void;
}

const ERASE_LINE = '\r\u001b[K';
const LINE_INTERVAL = 50;

/** Shows the current phase: on a terminal in one line that changes, elsewhere in a line for each phase. */
export function phaseProgress(output: Output): Pick<Progress, 'end'> & { phase(text: string): void } {
  return {
    phase: (text) => {
      output.write(output.isTTY ? `${ERASE_LINE}${text}` : `${text}\n`);
    },
    end: () => {
      if (output.isTTY) output.write(ERASE_LINE);
    },
  };
}

/** Counts the finished checks: on a terminal in one line that changes, elsewhere in a line for every 50 checks. */
export function checkProgress(output: Output): Progress {
  const { phase, end } = phaseProgress(output);
  let [done, failed] = [0, 0];
  phase('starting a server');
  return {
    onResult: (result) => {
      done += 1;
      if (isFinding(result)) failed += 1;
      const counts = `${done} checks done${failed > 0 ? `, ${failed} failed` : ''}`;
      if (output.isTTY === true) phase(`${counts}: ${result.subject}`);
      else if (done % LINE_INTERVAL === 0) phase(counts);
    },
    end,
  };
}
