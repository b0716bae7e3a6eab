interface Group {
  isSelect: boolean;
  /** It reads a table, or a column of the row that the policy looks at. */
  dependsOnRows: boolean;
  readonly calls: string[];
}

// Literals and quoted names first, so that nothing in them is taken for a word.
const TOKENS =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]|\bSELECT\b|\bFROM\b|\b(?:auth\.\w+|current_setting)(?=\()|\b\w+\.\w+\b(?!\()/g;

/** The calls of auth.* and current_setting in an expression, as PostgreSQL writes it, that are evaluated for each row. */
export function callsForEachRow(expression: string): string[] {
  const root: Group = { isSelect: false, dependsOnRows: true, calls: [] };
  const groups = [root];
  for (const [token] of expression.matchAll(TOKENS)) {
    const group = groups.at(-1) ?? root;
    if (token === '(') groups.push({ isSelect: false, dependsOnRows: false, calls: [] });
    else if (token === ')') close(groups);
    else if (token === 'SELECT') group.isSelect = true;
    else if (/^(auth\.|current_setting$)/.test(token)) group.calls.push(token);
    else if (!/^['"]/.test(token)) group.dependsOnRows = true;
  }
  return root.calls;
}

/** A sub-select that depends on no row settles its calls; of any other group they, and the dependence, are its parent's. */
function close(groups: Group[]): void {
  const [closed, parent] = [groups.pop(), groups.at(-1)];
  if (closed === undefined || parent === undefined) return;
  if (closed.isSelect && !closed.dependsOnRows) return;
  parent.calls.push(...closed.calls);
  parent.dependsOnRows ||= closed.dependsOnRows;
}
