import type { CheckResult, Subject } from '../check.ts';

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface Progress {
  step(result: CheckResult): void;
  /** Takes away what the next output would be written over. */
  end(): void;
}

const ERASE_LINE = '\r\u001b[K';

/** For work that is told by its phase: on a terminal one line that changes, elsewhere one line for each phase. */
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

/** On a terminal one line that counts; elsewhere one line for each subject that is done. */
export function progressOn(output: Output, subjects: readonly Subject[]): Progress {
  return output.isTTY ? countingLine(output, subjects) : subjectLines(output, subjects);
}

function countingLine(output: Output, subjects: readonly Subject[]): Progress {
  const total = subjects.reduce((sum, { checks }) => sum + checks.length, 0);
  let [done, failed] = [0, 0];
  const show = (what: string) => {
    output.write(`${ERASE_LINE}${done} of ${total} checks${failed > 0 ? `, ${failed} ✗` : ''}: ${what}`);
  };
  show('starting a server');
  return {
    step: ({ status, subject }) => {
      done += 1;
      if (status !== 'passed') failed += 1;
      show(subject);
    },
    end: () => {
      output.write(ERASE_LINE);
    },
  };
}

function subjectLines(output: Output, subjects: readonly Subject[]): Progress {
  const results = new Map(subjects.map(({ name }) => [name, [] as CheckResult[]]));
  const totals = new Map(subjects.map(({ name, checks }) => [name, checks.length]));
  return {
    step: (result) => {
      const own = results.get(result.subject) ?? [];
      own.push(result);
      if (own.length !== totals.get(result.subject)) return;
      const passed = own.filter(({ status }) => status === 'passed').length;
      output.write(`${passed === own.length ? '✓' : '✗'} ${result.subject}: ${passed} of ${own.length}\n`);
    },
    end: () => undefined,
  };
}
