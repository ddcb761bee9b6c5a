// Screen: what the app knows, drawn: colours, cloud, range image, panel, timeline, and pictures of it to keep.

import { listed, outlines } from "./boxes.js";
import { Palette, colour, hindrance, pack } from "./colours.js";
import { meanings, showLegend } from "./legend.js";
import { byId, css, showStages } from "./panel.js";
import { download, picture } from "./picture.js";
import { showLife } from "./life.js";
import { showRun } from "./runs.js";
import { fit } from "./stage.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {import("./protocol.js").Frame} Frame */

/** The theme has changed, or the server has told its colours. @param {App} app */
export function restyle(app) {
  const { hello, theme } = app;
  app.palette = hello && new Palette(theme.dark, hello);
  app.background = theme.rgb("cloud");
  app.stage.stale = true;
  const names = /** @type {const} */ (["card", "ink", "soft", "accent", "bad", "ring", "halo", "mark", "edge"]);
  const [track, ink, soft, accent, bad, ring, halo, mark, edge] = names.map((name) => theme.colour(name));
  app.looks = { track, ink, soft, accent, bad, ring, halo, mark, edge, classes: app.palette?.classes.map(css) ?? [] };
  document.body.dataset.look = theme.dark ? "dark" : "light";
  app.dirty.points = app.dirty.frames = true;
  app.ask();
}

/** Draws what has changed. @param {App} app */
export function render(app) {
  const { frame, hello, stage, strip, timeline, live, palette, shown, looks: look } = app;
  const ratio = devicePixelRatio || 1;
  stage.resize();
  for (const canvas of [timeline.canvas, live.canvas]) fit(canvas, ratio);
  if (fit(strip.canvas, ratio)) strip.dirty = true;
  if (frame && app.dirty.points) recolour(app, frame);
  const boxes = frame && palette ? outlines(frame.facts, { ...app.show, chosen: app.chosen, shown }, palette, hello) : [];
  const took = stage.draw({ look, background: app.background, rings: app.show.rings, boxes, table: hello, palette });
  strip.draw(stage.point, ratio, look.ink, look.soft);
  if (app.dirty.frames) {
    app.dirty.frames = false;
    timeline.draw(ratio, look, app.player.wanted, shown);
    live.draw(ratio, look.accent, look.soft);
  }
  if (app.unseen && frame) app.tellSeen(frame, took);
}

/** @param {App} app @param {Frame} frame */
function recolour(app, frame) {
  app.dirty.points = false;
  const { palette, shown, hello, show, comparing } = app, { facts } = frame;
  if (!palette) return;
  const mode = hindrance(frame, app.mode) ? "class" : app.mode;
  const colours = colour(frame, mode, shown, palette);
  app.stage.set(frame, colours);
  app.strip.set(frame, colours, pack(/** @type {any} */ (app.background)));
  app.modes.set(mode, frame, comparing);
  app.classes.set(facts.counts, facts.iou, shown, palette);
  app.objects.set(listed(facts), shown, app.chosen, palette, hello, mode === "object");
  const motions = new Set(show.tracks ? (facts.tracks ?? []).map((/** @type {import("./boxes.js").Track} */ one) => one.motion) : []);
  const boxes = { truth: show.truth && facts.boxes.length > 0, found: show.found && facts.found.length > 0, motions };
  showLegend(mode, palette, hello.runs ?? [], boxes);
  showStages(facts.stages, facts.first);
  if (comparing) showRun(frame.run, facts.agreement);
  nameFrame(app, facts.name);
  byId("tracks-row").hidden = !facts.tracks;
  showLife(app, frame);
  byId("found-row").hidden = !facts.found.length && !facts.confident;
  if (hello.kind === "drive") app.notices.link(facts.doubt ? "no street" : facts.notice ? "no ground truth" : "", "warn");
  byId("link").title = facts.doubt || facts.notice;
  if (facts.doubt) app.notices.note(facts.doubt);
  Object.assign(document.body.dataset, { renderer: app.stage.renderer.name, mode, position: facts.position, frame: facts.name });
  if (hello.kind === "live" && app.unseen) app.live.add(facts.latency);
}

/** The frame's name, which is a link to it, in the bar and in the address. @param {App} app @param {string} name */
function nameFrame(app, name) {
  const link = /** @type {HTMLAnchorElement} */ (byId("frame-name")), drive = app.hello.kind === "drive";
  link.textContent = name;
  link.hidden = false;
  byId("frame-copy").hidden = !drive;
  if (!drive) return;
  link.href = app.address.link(name);
  if (!app.player.playing) app.address.remember(name);
}

/** The cloud as a PNG. @param {App} app @param {import("./picture.js").Size} size */
export function save(app, size) {
  const { hello, frame, palette, theme } = app, scene = app.stage.scene(/** @type {number[]} */ (app.background));
  if (!frame || !palette || !scene) return;
  const mode = /** @type {import("./colours.js").Mode} */ (document.body.dataset.mode);
  const classes = palette.classes.map((rgb, k) => ({ name: hello.classes[k].name, colour: rgb })).filter((_, k) => k !== palette.background);
  const legend = mode === "class" || mode === "truth" ? classes : meanings(mode, palette, hello.runs ?? []);
  const caption = `${hello.source} · ${frame.facts.name} · coloured by ${mode}`;
  const words = { caption, legend, ink: theme.colour("ink"), halo: theme.colour("halo") };
  download(picture({ ...scene, ...words }, size), `${hello.source}_${frame.facts.name}_${mode}.png`.replace(/[\\/]/g, "-"));
}
