"""How the page of scores looks: light or dark as the reader's system is, on a laptop and on a tablet."""

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --soft: #59636e; --line: #d5dae0; --card: #f5f7f9;
  --car: #0072b2; --pedestrian: #b07d00; --cyclist: #b8387a; --background: #6b7280; --all: #1b1f24; --heat: 0,114,178 }
@media (prefers-color-scheme: dark) { :root { --paper: #14161a; --ink: #e6e8eb; --soft: #9aa4af; --line: #353b43;
  --card: #1d2127; --car: #35aef0; --pedestrian: #f0c828; --cyclist: #ee7db2; --background: #9aa0a8; --all: #e6e8eb;
  --heat: 53,174,240 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 1180px; margin: 0 auto; padding: 24px 20px 64px }
h1 { font-size: 1.6rem; margin: 0 0 4px; overflow-wrap: anywhere } h2 { margin: 40px 0 8px; font-size: 1.25rem }
h3 { margin: 28px 0 6px; font-size: 1rem; overflow-wrap: anywhere }
p { max-width: 78ch } .soft, figcaption, small { color: var(--soft) }
.note { border-left: 4px solid var(--pedestrian); background: var(--card); padding: 10px 14px; margin: 14px 0;
  white-space: pre-line }
pre { background: var(--card); padding: 10px 14px; overflow-x: auto; font-size: .9rem }
nav a { margin-right: 14px } a { color: var(--car) }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 12px; margin: 16px 0 }
.cards div { background: var(--card); border-top: 4px solid var(--line); padding: 12px 14px }
.cards b { display: block; font-size: 1.7rem; line-height: 1.2; font-variant-numeric: tabular-nums }
.cards .car { border-color: var(--car) } .cards .pedestrian { border-color: var(--pedestrian) }
.cards .cyclist { border-color: var(--cyclist) } .cards .all { border-color: var(--all) }
.table, .zoom { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: 5px 12px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap }
th { font-weight: 600; color: var(--soft) } th:first-child, td:first-child { text-align: left }
td small { display: block; line-height: 1.2 }
.wrap td { white-space: normal; text-align: left; overflow-wrap: anywhere }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: 24px }
figure { margin: 12px 0 } svg { display: block; width: 100%; height: auto }
svg text { fill: var(--soft); font-size: 13px }
.grid { stroke: var(--line); fill: none } .ideal { stroke: var(--soft); stroke-dasharray: 5 5; fill: none }
.whisker { stroke: var(--ink); stroke-width: 1.5; fill: none }
rect.car, circle.car, i.car { fill: var(--car); background: var(--car) }
rect.pedestrian, circle.pedestrian, i.pedestrian { fill: var(--pedestrian); background: var(--pedestrian) }
rect.cyclist, circle.cyclist, i.cyclist { fill: var(--cyclist); background: var(--cyclist) }
rect.background, circle.background, i.background { fill: var(--background); background: var(--background) }
rect.all, circle.all, i.all { fill: var(--all); background: var(--all) }
path.line { fill: none; stroke-width: 2 } path.car { stroke: var(--car) } path.pedestrian { stroke: var(--pedestrian) }
path.cyclist { stroke: var(--cyclist) } path.background { stroke: var(--background) } path.all { stroke: var(--all) }
.key { margin: 4px 0; font-size: .9rem } .key span { margin-right: 16px } .key i { display: inline-block; width: 12px;
  height: 12px; margin-right: 6px }
.thumbs { display: grid; gap: 12px; margin: 20px 0 }
.thumbs a { text-decoration: none; font-size: .85rem; overflow-wrap: anywhere }
.zoom img, .thumbs img { display: block; width: 100%; height: auto; background: #14161a }
.thumbs { grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)) }
.zoom label { cursor: zoom-in; display: block } .zoom input { position: absolute; opacity: 0 }
.zoom input:checked + img { width: auto; max-width: none }
.zoom input:focus-visible + img { outline: 3px solid var(--car) }
@media (max-width: 900px) { main { padding: 16px 12px } table { font-size: .85rem } th, td { padding: 4px 7px } }
@media print { .zoom { overflow: visible } h2, h3 { break-after: avoid } }
"""
