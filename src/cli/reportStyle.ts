/** How the report looks: light and dark, from a wide screen down to a phone. */
export const reportStyle = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f6f7f9, #12151a);
  --card: light-dark(#ffffff, #1a1e25);
  --ink: light-dark(#16202c, #e8edf3);
  --soft: light-dark(#5b6878, #97a4b4);
  --line: light-dark(#e0e4ea, #2b323c);
  --hit: light-dark(#0b6e8f, #3fa9cc);
  --miss: light-dark(#d0562b, #ef8354);
  --on-hit: light-dark(#ffffff, #0d1116);
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 64px; }
h1, h2, p, dl, figure { margin: 0; }
h1 { font-size: 15px; font-weight: 600; overflow-wrap: anywhere; }
h2 { font-size: 17px; font-weight: 650; letter-spacing: -0.01em; }
.note { color: var(--soft); font-size: 13px; margin: 2px 0 16px; }

header { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); gap: 32px; align-items: end; }
header .run { color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
.score { font-size: clamp(56px, 9vw, 96px); line-height: 1; font-weight: 700; letter-spacing: -0.045em; margin: 20px 0 6px; }
.score small { font-size: 0.45em; font-weight: 600; letter-spacing: 0; color: var(--soft); margin-left: 0.1em; }
.facts { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 16px 24px; border-top: 2px solid var(--ink); padding-top: 16px; }
.facts dt { color: var(--soft); font-size: 12px; }
.facts dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
.facts .wide { grid-column: 1 / -1; }

.grid { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 20px; margin-top: 20px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 20px; margin-top: 20px; min-width: 0; }
.grid section { margin-top: 0; }
header + .grid { margin-top: 36px; }
.chart { min-height: 300px; }

table { border-collapse: separate; border-spacing: 2px; width: 100%; }
th { font-weight: 600; color: var(--soft); font-size: 12px; }
.confusion { table-layout: fixed; text-align: center; }
.confusion td, .confusion th { padding: 0; height: 36px; font-size: 13px; }
.confusion td { border-radius: 4px; background: color-mix(in srgb, var(--hue) var(--heat), var(--paper)); }
.confusion .hit { --hue: var(--hit); font-weight: 600; }
.confusion .miss { --hue: var(--miss); }
.confusion .none { color: transparent; }
.confusion .hit.strong { color: var(--on-hit); }
.confusion .miss.strong { color: #10161e; }
.classes { border-spacing: 0; text-align: right; }
.classes th, .classes td { padding: 7px 4px; border-bottom: 1px solid var(--line); font-size: 13px; height: 38px; }
.classes th:first-child { text-align: left; font-size: 15px; color: var(--ink); }
.classes thead th:first-child { font-size: 12px; color: var(--soft); }
.classes tr:last-child > * { border-bottom: 0; }
.classes .lowest { color: var(--miss); font-weight: 650; }

.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 16px 14px; }
.mistakes img { display: block; width: 100%; height: auto; image-rendering: pixelated; border-radius: 6px; filter: invert(1); border: 1px solid #1f1b15; /* inverted too */ }
.mistakes figcaption { font-size: 12px; line-height: 1.4; margin-top: 6px; color: var(--soft); }
.mistakes .said { color: var(--miss); font-weight: 650; }
.mistakes .true { color: var(--hit); font-weight: 650; }
@media (prefers-color-scheme: dark) { .mistakes img { filter: none; border-color: var(--line); } }

pre { margin: 0; overflow-x: auto; font: 12px/1.6 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.command { background: var(--paper); border-radius: 6px; padding: 10px 12px; white-space: pre-wrap; overflow-wrap: anywhere; }
details { margin-top: 14px; }
summary { cursor: pointer; color: var(--soft); font-size: 13px; margin-bottom: 8px; }

.uplot { font: inherit; width: 100% !important; }
.u-legend { font-size: 12px; color: var(--soft); text-align: left; margin: 6px 0 0; }
.u-legend th { color: inherit; font-weight: 400; font-size: 12px; }
.u-inline.u-live th::after { content: none; }
.u-series > * { padding: 2px 4px; }
.u-series:first-child > * { padding-left: 0; }
.u-legend .u-value { color: var(--ink); font-weight: 600; }
.u-legend .u-marker { width: 10px; height: 10px; border-radius: 2px; margin-right: 6px; }

@media (max-width: 760px) {
  main { padding: 24px 14px 48px; }
  header, .grid { grid-template-columns: minmax(0, 1fr); }
  header { gap: 20px; }
  .facts { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px 16px; }
  section { padding: 16px 14px; }
  .confusion { border-spacing: 1px; }
  .confusion td, .confusion th { height: 30px; font-size: 11px; }
  .confusion .hit { font-size: 10.5px; }
  .mistakes { grid-template-columns: repeat(auto-fill, minmax(92px, 1fr)); gap: 14px 10px; }
}
`
