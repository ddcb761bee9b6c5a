// What buttons and keys do.

import { MODES } from "./colours.js";
import { attachKeys } from "./keys.js";
import { byId } from "./panel.js";

const TURN = 0.12; // radians that a key turns the view
const STEPS = /** @type {Record<string, [number, number]>} */ ({ w: [0, 0.08], s: [0, -0.08], a: [-0.08, 0], d: [0.08, 0] });
const NARROW = 860; // CSS pixels, up to which the panel covers the cloud, as in layout.css

/** @param {import("./app.js").App} app */
export function attachControls(app) {
  const press = (/** @type {string} */ id, /** @type {() => void} */ action) => byId(id).addEventListener("click", action);
  const box = (/** @type {string} */ id, /** @type {"truth"|"found"|"rings"} */ name) => {
    const input = /** @type {HTMLInputElement} */ (byId(id));
    input.addEventListener("change", () => {
      app.show[name] = input.checked;
      app.ask();
    });
    return () => input.click();
  };
  const truth = box("boxes", "truth"), found = box("found", "found"), rings = box("rings", "rings");
  const size = /** @type {HTMLInputElement} */ (byId("size")), speed = /** @type {HTMLSelectElement} */ (byId("speed"));
  size.addEventListener("input", () => app.stage.resizePoints(Number(size.value)));
  speed.addEventListener("change", () => (app.player.speed = Number(speed.value)));
  press("snapshot", () => app.save());
  press("theme", () => app.theme.toggle());
  press("help", () => /** @type {HTMLDialogElement} */ (byId("keys")).showModal());
  press("panel-toggle", () => app.togglePanel());
  press("play", () => app.player.toggle());
  press("previous", () => app.player.step(-1));
  press("next", () => app.player.step(1));
  for (const button of document.querySelectorAll("#view-buttons button")) {
    button.addEventListener("click", () => app.look(/** @type {any} */ (/** @type {HTMLElement} */ (button).dataset.view)));
  }
  if (innerWidth <= NARROW) app.togglePanel();
  new ResizeObserver(() => {
    app.dirty.frames = true;
    app.ask();
  }).observe(byId("stage"));
  const faster = (/** @type {number} */ step) => {
    speed.selectedIndex = Math.min(speed.options.length - 1, Math.max(0, speed.selectedIndex + step));
    app.player.speed = Number(speed.value);
  };
  const grow = (/** @type {number} */ step) => app.stage.resizePoints(Number((size.value = String(Number(size.value) + step))));
  const camera = app.stage.camera, moved = (/** @type {() => void} */ action) => () => {
    action();
    app.stage.turned();
  };
  const turnOn = (/** @type {number} */ step) => app.colourBy(MODES[(MODES.indexOf(app.mode) + step + MODES.length) % MODES.length]);
  const drive = (/** @type {() => void} */ action) => () => app.hello?.kind === "drive" && action();
  attachKeys([
    ["space", "play or pause", drive(() => app.player.toggle())],
    ["c C", "colour by the next value", (event) => turnOn(event.shiftKey ? -1 : 1)],
    ["ArrowLeft", "frame before", drive(() => app.player.step(-1))],
    ["1 2 3 4 5", "show or hide a class", (event) => app.toggleClass(Number(event.key) - 1)],
    ["ArrowRight", "frame after", drive(() => app.player.step(1))],
    ["b B", "boxes of the ground truth", truth],
    ["PageUp PageDown", "ten frames on or back", (event) => drive(() => app.player.step(event.key === "PageUp" ? 10 : -10))()],
    ["n N", "boxes of what was found", found],
    ["Home End", "first or last frame", (event) => drive(() => app.jump(event.key === "Home" ? 0 : app.player.count - 1))()],
    ["o O", "distance rings", rings],
    ["x X", "worst frame", drive(() => /** @type {HTMLElement|null} */ (document.querySelector("#worst button"))?.click())],
    ["[ ]", "smaller or larger points", (event) => grow(event.key === "[" ? -0.5 : 0.5)],
    ["< >", "slower or faster", (event) => faster(event.key === "<" ? -1 : 1)],
    ["7 8 9", "from behind, above, the side", (event) => app.look(/** @type {const} */ (["behind", "above", "side"])[Number(event.key) - 7])],
    ["w a s d", "move ahead, left, back, right", (event) => moved(() => camera.move(...STEPS[event.key]))()],
    ["t T", "light or dark", () => app.theme.toggle()],
    ["q e Q E", "turn left, right", (event) => moved(() => camera.turn(event.key.toLowerCase() === "q" ? TURN : -TURN, 0))()],
    ["p P", "save a picture", () => app.save()],
    ["+ - =", "nearer or further", (event) => moved(() => camera.zoom(event.key === "-" ? 1.15 : 1 / 1.15))()],
    ["m M", "panel", () => app.togglePanel()],
    ["?", "these keys", () => /** @type {HTMLDialogElement} */ (byId("keys")).showModal()],
  ]);
}
