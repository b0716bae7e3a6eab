import { Html } from './html.ts';

/** Follows the reader's light or dark setting. One column at every width, so that the first finding is on the first screen. */
export const STYLE = new Html(`
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1a1f27; --dim: #5a6472; --edge: #dde1e7; --link: #0b5fad; --track: #e9ecf1;
  --good: #176b3a; --good-soft: #d9f0e1; --bad: #b3261e; --bad-soft: #fbe3e1; --unknown: #855300; --unknown-soft: #fbecd0; --medium: #9a3d00; --medium-soft: #fde5d3;
  --one: #1f6fb8; --two: #c2570c; --readers: #b3261e; --writers: #c77700; --nobody: #7c94ad;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12151a; --card: #1a1f26; --ink: #e7eaee; --dim: #a1abb8; --edge: #2f3742; --link: #7cbcf5; --track: #2a313b;
    --good: #6fd398; --good-soft: #143423; --bad: #ff9a92; --bad-soft: #45191a; --unknown: #f0bd62; --unknown-soft: #3d2c0c; --medium: #ffb07c; --medium-soft: #43230d;
    --one: #5aa9ec; --two: #f08b45; --readers: #ff7b72; --writers: #e6a23c; --nobody: #7d93aa;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem 1rem 4rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: clamp(1.5rem, 5vw, 2.4rem); line-height: 1.2; margin: 0.1rem 0 0.4rem; }
h2 { font-size: 1.3rem; margin: 0 0 0.5rem; } h3 { font-size: 1rem; margin: 0 0 0.5rem; } h4 { font-size: 0.9rem; margin: 0; }
p { margin: 0 0 0.75rem; } header p { margin: 0; font-size: 0.9rem; } a { color: var(--link); }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.85em; }
pre { margin: 0; white-space: pre-wrap; }
.dim { color: var(--dim); } .good { color: var(--good); } .bad { color: var(--bad); } .unknown { color: var(--unknown); }
.lead { color: var(--dim); max-width: 80ch; }
.unseen, .skip:not(:focus) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip:focus { display: inline-block; padding: 0.5rem 1rem; background: var(--card); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }

nav ul { display: flex; flex-wrap: wrap; gap: 0 1.1rem; list-style: none; padding: 0; margin: 0.4rem 0 0.75rem; }
nav a { display: block; padding: 0.15rem 0; }
section { background: var(--card); border: 1px solid var(--edge); border-radius: 12px; padding: 1.25rem; margin-bottom: 1.25rem; min-width: 0; }
@media (max-width: 30rem) { th, td { padding-inline: 0.4rem; } section { padding: 1rem 0.75rem; border-radius: 8px; } body { padding-inline: 0.75rem; } }

.wide { overflow-x: auto; max-width: 100%; } .tall { max-height: 34rem; overflow-y: auto; border: 1px solid var(--edge); border-radius: 8px; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.7rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--edge); overflow-wrap: normal; white-space: pre-line; }
th { font-weight: 500; } thead th { color: var(--dim); } .number { text-align: right; white-space: nowrap; }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none; padding: 0; margin: 0 0 1rem; font-size: 0.85rem; }
.swatch { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 3px; }
summary { cursor: pointer; padding: 0.2rem 0; }

.finding { color: var(--ink); border-left: 4px solid var(--unknown); padding: 0 0 0 1rem; margin: 0 0 1.75rem; } .finding:last-child { margin-bottom: 0; } .finding:target { background: var(--page); }
.finding.high { border-color: var(--bad); } .finding.medium { border-color: var(--medium); } .finding.low { border-color: var(--nobody); }
.badge { display: inline-block; padding: 0 0.6em; border-radius: 999px; font-size: 0.85em; margin-right: 0.2em; background: var(--unknown-soft); color: var(--unknown); }
.badge.high { background: var(--bad); color: var(--card); } .badge.medium { background: var(--medium-soft); color: var(--medium); } .badge.low { background: var(--track); color: var(--ink); }
.anchor { display: inline-block; min-width: 1.5rem; text-align: center; text-decoration: none; } .reason { margin-bottom: 0.5rem; } .members { margin: 0.25rem 0 0.75rem; padding-left: 1.25rem; }
.difference { margin: 0 0 0.75rem; } .difference dd { margin: 0; } .difference .what { font-family: ui-monospace, monospace; font-size: 0.85rem; white-space: pre-wrap; margin-bottom: 0.25rem; }
.difference dl { display: grid; grid-template-columns: 5rem minmax(0, 1fr); gap: 0.15rem 0.5rem; margin: 0; } .difference dl dt { color: var(--dim); font-size: 0.85rem; }
.finding pre.good { color: var(--good); } .finding pre.bad { color: var(--bad); } .fix { background: var(--page); border-radius: 8px; padding: 0.6rem 0.9rem; margin-bottom: 0.5rem; } .fix p, .fix ul { margin: 0; max-width: 90ch; }
.sql { user-select: all; cursor: copy; margin-top: 0.5rem; padding: 0.5rem 0.75rem; background: var(--card); border: 1px solid var(--edge); border-radius: 6px; }

.er { display: block; width: 100%; max-width: var(--natural); height: auto; font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; } .er text { fill: var(--ink); white-space: pre; }
.er .table rect { fill: var(--page); stroke: var(--edge); stroke-width: 1.5; } .er .table line { stroke: var(--edge); } .er .outside rect { fill: none; stroke: var(--dim); stroke-dasharray: 4 3; }
.er .name { font-weight: 700; } .er .type { fill: var(--dim); } .er .key { fill: var(--one); font-weight: 700; }
.er .differs rect { stroke: var(--bad); stroke-width: 3; } .er .differs .name, .er text.differs tspan { fill: var(--bad); font-weight: 700; }
/* On a narrower screen the diagram scrolls in its box: otherwise its text would be less than 12 px high. */
@media (max-width: 60rem) { .er { min-width: calc(var(--natural) * 0.87); } }
.er .edge { fill: none; stroke-linejoin: round; stroke: var(--dim); stroke-width: 1.5; } .er marker path { fill: none; stroke: var(--dim); stroke-width: 1.2; }

.plans, .timeline { list-style: none; padding: 0; margin: 0; } .plans > li, .timeline > li { padding: 0.6rem 0; border-top: 1px solid var(--edge); }
.file { display: flex; flex-wrap: wrap; gap: 0 0.75rem; align-items: baseline; margin-bottom: 0.25rem; } .file > :last-child { margin-left: auto; } .timeline p { margin: 0; font-size: 0.85rem; }
.track { position: relative; display: block; height: 0.8rem; background: var(--track); border-radius: 4px; overflow: hidden; }
.axis-title { display: block; color: var(--dim); } .axis { position: relative; display: block; height: 1.3rem; color: var(--dim); } .axis i { position: absolute; font-style: normal; transform: translateX(-50%); }
.axis i::after { content: ''; position: absolute; left: 50%; top: 100%; height: 4px; border-left: 1px solid var(--dim); } .axis i[style='left:0.0%'] { transform: none; } .axis i[style='left:0.0%']::after { left: 0; } .axis i[style='left:100.0%'] { transform: translateX(-100%); }
.bar { position: absolute; inset: 0 auto 0 0; min-width: 3px; border-radius: 3px; }
.plan { display: grid; grid-template-columns: minmax(0, 1fr) 13rem; gap: 0.75rem; align-items: center; font-size: 0.85rem; } .plans details { font-size: 0.9rem; }
.lane { display: grid; grid-template-columns: 15rem minmax(0, 1fr); gap: 0.75rem; align-items: center; font-size: 0.85rem; margin-top: 2px; }
.lane .run { position: absolute; inset: 0 auto 0 0; background: var(--edge); border-radius: 4px; }
@media (max-width: 40rem) { .plan, .lane { grid-template-columns: minmax(0, 1fr); gap: 0; margin-bottom: 0.4rem; } .file > :last-child { margin-left: 0; } }
.way1 { background: var(--one); } .way2 { background: var(--two); } .mode-readers { background: var(--readers); } .mode-writers { background: var(--writers); } .mode-nobody { background: var(--nobody); }

.matrix thead th { position: sticky; top: 0; background: var(--card); box-shadow: 0 1px var(--edge); z-index: 1; } .matrix th[scope="rowgroup"] { background: var(--page); padding-top: 0.6rem; }
.matrix td { white-space: nowrap; text-align: center; } .matrix thead th:not(:first-child) { text-align: center; }
.is-all { background: var(--good-soft); color: var(--good); } .is-own { background: var(--good-soft); color: var(--good); font-style: italic; } .is-none, .is-refused { color: var(--dim); }
.matrix td.differs { background: var(--bad-soft); color: var(--bad); font-weight: 600; white-space: normal; min-width: 12rem; text-align: left; }

.races { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 0 2rem; } figure { margin: 0 0 1.5rem; min-width: 0; } figcaption { font-weight: 500; margin-bottom: 0.25rem; }
.race { display: block; width: 100%; max-width: 40rem; font: 14px system-ui, sans-serif; } .race text { fill: var(--dim); } @media (max-width: 34rem) { .race { font-size: 21px; } }
.race .axis-line { fill: none; stroke: var(--edge); } .race .limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 6 4; } .race .over { fill: var(--bad-soft); opacity: 0.6; }
.race .line { fill: none; stroke-width: 2.5; background: none; } .race .line.way1 { stroke: var(--one); } .race .line.way2 { stroke: var(--two); } .swatch.limit { background: var(--bad); height: 0.2em; vertical-align: middle; }

.checks { list-style: none; padding: 0; margin: 0 0 1rem; } .checks li { padding: 0.1rem 0 0.1rem 1.5rem; text-indent: -1.5rem; } .checks .sign { display: inline-block; width: 1.5rem; text-indent: 0; font-weight: 700; }
.checks .check-name { color: var(--ink); } .checks .note { color: var(--unknown); margin: 0 0 0.25rem; text-indent: 0; font-size: 0.9rem; }
@media print { nav, .skip { display: none; } section { break-inside: avoid; } }
`);
