import type { CheckResult } from '../check.ts';
import { isFinding } from './report.ts';

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface Progress {
  step(result: CheckResult): void;
  /** Erases the line that the next output would be written over. */
  end(): void;
}

const ERASE_LINE = '\r\u001b[K';
const EVERY = 50;

/** For work that goes on in phases: on a terminal one line that changes, elsewhere one line for each phase. */
export function phasesOn(output: Output): Pick<Progress, 'end'> & { phase(text: string): void } {
  return {
    phase: (text) => {
      output.write(output.isTTY ? `${ERASE_LINE}${text}` : `${text}\n`);
    },
    end: () => {
      if (output.isTTY) output.write(ERASE_LINE);
    },
  };
}

/** Counts the checks that are done: on a terminal in one line that changes, elsewhere in a line for every 50 checks. */
export function progressOn(output: Output): Progress {
  const { phase, end } = phasesOn(output);
  let [done, failed] = [0, 0];
  phase('starting a server');
  return {
    step: (result) => {
      done += 1;
      if (isFinding(result)) failed += 1;
      const counts = `${done} checks done${failed > 0 ? `, ${failed} failed` : ''}`;
      if (output.isTTY === true) phase(`${counts}: ${result.subject}`);
      else if (done % EVERY === 0) phase(counts);
    },
    end,
  };
}
