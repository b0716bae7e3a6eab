import type { Coverage } from '../../coverage.ts';
import { groupBy } from '../groupBy.ts';
import { type Html, html } from './html.ts';

type Covered = Coverage['objects'][number];

/** Every object of the catalog as a square, by kind, with the checks that prove it. */
export function coverageMap({ objects }: Coverage): Html {
  return html`<ul class="legend"><li><span class="swatch proved"></span> proved</li><li><span class="swatch waived"></span> waived, with a reason</li>
<li><span class="swatch failed"></span> its proof failed</li><li><span class="swatch unproved"></span> nothing proves it</li></ul>
${[...groupBy(objects, ({ kind }) => kind)].map(([kind, own]) => kindMap(kind, own))}`;
}

function kindMap(kind: string, objects: readonly Covered[]): Html {
  const proved = objects.filter(({ state }) => state === 'proved').length;
  const squares = objects.map(({ state }) => html`<i class="${state}"></i>`);
  const rows = objects.map(
    (object) =>
      html`<tr><th scope="row"><code>${object.key.slice(kind.length + 1)}</code></th><td class="${object.state}-word">${inWords(object)}</td></tr>`,
  );
  return html`<details class="kind"><summary><span class="kind-name">${kind}</span> <span class="dim">${proved} of ${objects.length} proved</span>
<span class="squares" aria-hidden="true">${squares}</span></summary>
<div class="wide" tabindex="0" role="region" aria-label="Proofs of each ${kind}"><table><thead><tr><th scope="col">${kind}</th><th scope="col">proved by</th></tr></thead><tbody>${rows}</tbody></table></div></details>`;
}

function inWords({ state, checks, waiver }: Covered): string {
  if (state === 'waived') return `waived: ${waiver}`;
  if (state === 'unproved') return 'nothing';
  return `${state === 'failed' ? 'failed or not run: ' : ''}${checks.join('\n')}`;
}
