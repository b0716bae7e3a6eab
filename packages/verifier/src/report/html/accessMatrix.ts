import { groupBy } from '@app/catalog';
import type { AccessEvidence } from '../../evidence.ts';
import { type Html, html } from './html.ts';

const WORDS: Readonly<Record<string, string>> = { all: 'yes', own: 'its own', none: 'no rows', refused: 'refused' };

/** A table of the actual outcomes: a column for each role, a row for each operation of each object. */
export function accessMatrix(rows: readonly AccessEvidence[]): Html {
  const roles = [...new Set(rows.flatMap(({ outcomes }) => Object.keys(outcomes)))];
  const objects = groupBy(rows, ({ object }) => object);
  const headers = roles.map((role) => html`<th scope="col">${role.replaceAll('_', ' ')}</th>`);
  const bodies = [...objects].map(([object, operations]) => {
    const lines = operations.map(
      ({ operation, outcomes }) =>
        html`<tr><th scope="row">${operation}</th>${roles.map((role) => cell(outcomes[role]))}</tr>`,
    );
    return html`<tbody><tr><th scope="rowgroup" colspan="${roles.length + 1}"><code>${object}</code></th></tr>${lines}</tbody>`;
  });
  return html`<div class="wide tall" tabindex="0" role="region" aria-label="Who may do what"><table class="matrix">
<thead><tr><th scope="col">operation</th>${headers}</tr></thead>${bodies}</table></div>`;
}

function cell(outcome: string | undefined): Html {
  if (outcome === undefined) return html`<td class="dim">–</td>`;
  const word = WORDS[outcome];
  return word === undefined ? html`<td class="differs">${outcome}</td>` : html`<td class="is-${outcome}">${word}</td>`;
}
