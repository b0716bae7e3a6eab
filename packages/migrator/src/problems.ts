/** Faults of a folder, its ledger and its files. */
export type ProblemKind =
  // the folder by itself
  | 'file_missing'
  | 'file_not_in_journal'
  | 'not_text'
  | 'name_without_time'
  | 'duplicate_tag'
  | 'duplicate_idx'
  | 'backwards_idx'
  | 'duplicate_when'
  | 'backwards_when'
  // folder and ledger
  | 'edited'
  | 'when_changed'
  | 'missing_from_folder'
  | 'database_ahead'
  | 'out_of_order'
  | 'recorded_twice'
  | 'partial_file_edited'
  // inside a file
  | 'syntax_error'
  | 'marker_invalid'
  | 'transaction_control'
  | 'transaction_unsupported'
  | 'copy_stream'
  | 'needs_no_transaction'
  | 'not_rerunnable'
  | 'not_resumable'
  | 'timeout_disabled'
  | 'search_path_ends';

export interface Problem {
  kind: ProblemKind;
  /** A warning is shown and does not stop a run. */
  severity: 'error' | 'warning';
  /** Tag of the migration it is about, or its recorded hash where no file is left to name. */
  file: string;
  message: string;
  expected?: string;
  found?: string;
  /** What to do about it. */
  remedy: string;
  statement?: number;
  line?: number;
}

/** A problem, an error unless `facts` say otherwise. */
export function problem(
  kind: ProblemKind,
  file: string,
  message: string,
  facts: Pick<Problem, 'remedy'> & Partial<Problem>,
): Problem {
  return { kind, severity: 'error', file, message, ...facts };
}

export const isError = (it: Problem): boolean => it.severity === 'error';
