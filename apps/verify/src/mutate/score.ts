import type { Verdict } from './judge.ts';
import type { Mutant } from './mutant.ts';

export interface Tally {
  readonly judged: number;
  readonly byDrift: number;
  readonly byBehaviour: number;
}

export interface Survivor {
  readonly key: string;
  readonly statements: readonly string[];
  /** Which of the two did not see it. */
  readonly survived: readonly ('drift' | 'behaviour')[];
  /** Why no proof of behaviour can see it. */
  readonly explanation?: string;
  readonly notRun?: readonly string[];
}

/** What `--mutate --json` prints. The version changes when a field changes its meaning or goes. */
export interface MutationReport {
  readonly version: 1;
  readonly outcome: 'proved' | 'failed';
  readonly seed?: number;
  readonly generated: number;
  readonly refused: number;
  readonly equivalent: number;
  readonly total: Tally;
  readonly scores: Scores;
  readonly byKind: Readonly<Record<string, Tally>>;
  readonly byOperator: Readonly<Record<string, Tally>>;
  readonly survivors: readonly Survivor[];
  /** Explanations of what is no mutant that could survive: they fail the run. */
  readonly stale: readonly Doubt[];
  /** Explanations of what a proof saw after all, if only by luck: another time an autovacuum may not be there. */
  readonly refuted: readonly Doubt[];
  readonly thresholds: Thresholds;
  readonly elapsedMs: number;
}

/** What speaks against the explanation of a survivor. */
export interface Doubt {
  readonly key: string;
  readonly reason: string;
}

/** Percent of the judged mutants that were killed; of behaviour, of those whose survival is not explained. */
interface Scores {
  readonly drift: number;
  readonly behaviour: number;
}

/** The least that the scores must be. */
export type Thresholds = Scores;

/** By the mutant's key, why no proof of behaviour can see it. */
type Explanations = Readonly<Record<string, string>>;

export interface Circumstances {
  readonly seed?: number;
  /** All that there are, whether they were judged or not. */
  readonly mutants: readonly Mutant[];
  readonly explanations: Explanations;
  readonly thresholds: Thresholds;
  readonly elapsedMs: number;
}

export function mutationReport(verdicts: readonly Verdict[], circumstances: Circumstances): MutationReport {
  const { mutants, explanations, thresholds, elapsedMs, seed } = circumstances;
  const judged = verdicts.filter(({ outcome }) => outcome === 'judged');
  const survivors = judged.flatMap((verdict) => survivorOf(verdict, explanations));
  const total = tallyOf(judged);
  const { stale, refuted } = doubts(explanations, mutants, verdicts);
  const scores = scoresOf(total, survivors);
  const enough = scores.drift >= thresholds.drift && scores.behaviour >= thresholds.behaviour;
  return {
    version: 1,
    outcome: judged.length > 0 && enough && stale.length === 0 ? 'proved' : 'failed',
    ...(seed !== undefined && { seed }),
    generated: mutants.length,
    refused: verdicts.filter(({ outcome }) => outcome === 'refused').length,
    equivalent: verdicts.filter(({ outcome }) => outcome === 'equivalent').length,
    ...{ total, scores },
    byKind: talliesBy(judged, ({ kind }) => kind),
    byOperator: talliesBy(judged, ({ kind, operator }) => `${kind} ${operator}`),
    ...{ survivors, stale, refuted, thresholds, elapsedMs },
  };
}

/** 0 enough is killed and every explanation holds, 1 not so. */
export function exitOf({ outcome }: Pick<MutationReport, 'outcome'>): 0 | 1 {
  return outcome === 'proved' ? 0 : 1;
}

/** Seen by drift inspection, and for a given reason by no proof of behaviour. */
export function isExplained({ survived, explanation }: Survivor): boolean {
  return explanation !== undefined && !survived.includes('drift');
}

/** What no statement can tell from the original counts neither for the proofs nor against them. */
function scoresOf({ judged, byDrift, byBehaviour }: Tally, survivors: readonly Survivor[]): Scores {
  const explained = survivors.filter(isExplained).length;
  return { drift: percent(byDrift, judged), behaviour: percent(byBehaviour, judged - explained) };
}

/** 0 to 100; 100 of none. */
function percent(killed: number, of: number): number {
  return of === 0 ? 100 : (killed / of) * 100;
}

function survivorOf({ mutant, drift, behaviour, notRun }: Verdict, explanations: Explanations): Survivor[] {
  if (drift !== undefined && behaviour !== undefined) return [];
  const { key, statements } = mutant;
  const explanation = explanations[key];
  const survived = [
    ...(drift === undefined ? ['drift' as const] : []),
    ...(behaviour === undefined ? ['behaviour' as const] : []),
  ];
  return [{ key, statements, survived, ...(explanation && { explanation }), ...(notRun && { notRun }) }];
}

function tallyOf(judged: readonly Verdict[]): Tally {
  return {
    judged: judged.length,
    byDrift: judged.filter(({ drift }) => drift !== undefined).length,
    byBehaviour: judged.filter(({ behaviour }) => behaviour !== undefined).length,
  };
}

function talliesBy(judged: readonly Verdict[], keyOf: (mutant: Mutant) => string): Record<string, Tally> {
  const keys = [...new Set(judged.map(({ mutant }) => keyOf(mutant)))];
  return Object.fromEntries(keys.map((key) => [key, tallyOf(judged.filter(({ mutant }) => keyOf(mutant) === key))]));
}

/** An explanation is for a mutant that there is, that is one, and that no proof of behaviour kills. */
function doubts(
  explanations: Explanations,
  mutants: readonly Mutant[],
  verdicts: readonly Verdict[],
): Pick<MutationReport, 'stale' | 'refuted'> {
  const generated = new Set(mutants.map(({ key }) => key));
  const seen = new Map(verdicts.map((verdict) => [verdict.mutant.key, verdict]));
  const keys = Object.keys(explanations);
  return {
    stale: keys.flatMap((key) => {
      const reason = generated.has(key) ? whyNoMutant(seen.get(key)) : 'there is no such mutant';
      return reason === undefined ? [] : [{ key, reason }];
    }),
    refuted: keys.flatMap((key) => {
      const by = seen.get(key)?.behaviour;
      return by === undefined ? [] : [{ key, reason: `seen by ${by}` }];
    }),
  };
}

function whyNoMutant(verdict: Verdict | undefined): string | undefined {
  if (verdict?.outcome === 'refused') return `the server refuses it: ${verdict.reason}`;
  return verdict?.outcome === 'equivalent' ? 'the catalog is the same with it' : undefined;
}
