import type { Verdict } from './judge.ts';

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const ERASE_LINE = '\r\u001b[K';
const EVERY = 50;

/** On a terminal one line that counts; elsewhere a line now and then, and one for each survivor. */
export function mutationProgressOn(output: Output) {
  let survived = 0;
  const write = (text: string) => output.write(output.isTTY ? `${ERASE_LINE}${text}` : `${text}\n`);
  return {
    phase: (text: string) => void write(text),
    verdict: ({ outcome, drift, behaviour, mutant }: Verdict, done: number, total: number) => {
      const isSurvivor = outcome === 'judged' && (drift === undefined || behaviour === undefined);
      if (isSurvivor) survived += 1;
      if (output.isTTY) write(`${done} of ${total} mutants, ${survived} survivors: ${mutant.key.slice(0, 80)}`);
      else if (isSurvivor) write(`survived: ${mutant.key}`);
      if (!output.isTTY && (done % EVERY === 0 || done === total))
        write(`${done} of ${total} mutants, ${survived} survivors`);
    },
    end: () => {
      if (output.isTTY) output.write(ERASE_LINE);
    },
  };
}
