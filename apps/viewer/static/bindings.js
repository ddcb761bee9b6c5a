// Bindings of buttons and keys to what they do.

import { select, switchRun } from "./choice.js";
import { MODES } from "./colours.js";
import { byId } from "./panel.js";

const TURN = 0.12; // radians that a key turns the view
const STEPS = /** @type {Record<string, [number, number]>} */ ({ w: [0, 0.08], s: [0, -0.08], a: [-0.08, 0], d: [0.08, 0] });
const NARROW = 640; // CSS pixels, up to which the panel covers the cloud, as in layout.css

const byInput = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id));
const speeds = () => /** @type {HTMLSelectElement} */ (byId("speed"));

/** @param {import("./app.js").App} app */
export function attachControls(app) {
  const press = (/** @type {string} */ id, /** @type {() => void} */ action) => byId(id).addEventListener("click", action);
  const box = (/** @type {string} */ id, /** @type {"truth"|"found"|"tracks"|"labels"|"rings"} */ name) => {
    const input = byInput(id);
    input.addEventListener("change", () => app.showLines(name, input.checked));
  };
  box("boxes", "truth");
  box("found", "found");
  box("tracks", "tracks");
  box("labels", "labels");
  box("rings", "rings");
  const size = byInput("size"), speed = speeds();
  size.addEventListener("input", () => app.stage.resizePoints(Number(size.value)));
  speed.addEventListener("change", () => (app.player.speed = Number(speed.value)));
  press("snapshot", () => app.pictures.open());
  press("frame-copy", () => app.copyLink());
  for (const run of [0, 1]) press(`run-${run}`, () => switchRun(app, run));
  press("theme", () => app.theme.toggle());
  press("help", () => /** @type {HTMLDialogElement} */ (byId("keys")).showModal());
  press("panel-toggle", () => app.togglePanel());
  press("play", () => app.toggle());
  press("previous", () => app.player.step(-1));
  press("next", () => app.step(1));
  for (const button of document.querySelectorAll("#view-buttons button")) {
    button.addEventListener("click", () => app.look(/** @type {any} */ (/** @type {HTMLElement} */ (button).dataset.view)));
  }
  let narrow = false;
  new ResizeObserver(() => {
    const was = narrow;
    narrow = innerWidth <= NARROW;
    if (narrow && !was && !document.body.classList.contains("wide")) app.togglePanel(); // it would cover what there is to see
    app.dirty.frames = true;
    app.ask();
  }).observe(byId("stage"));
}

/** The keys of the page, and those of the classes once the server has told them. @param {import("./app.js").App} app @returns {import("./keys.js").Binding[]} */
export function keysOf(app) {
  const size = byInput("size"), speed = speeds();
  const { classes, no_label } = app.hello ?? { classes: [], no_label: null };
  const click = (/** @type {string} */ id) => () => byId(id).click();
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
  return [
    // The list has two columns: what goes through the frames and moves the view, and what is shown.
    ["space", "play or pause", () => app.toggle()],
    ["c C", "colour by the next value", (event) => turnOn(event.shiftKey ? -1 : 1)],
    ["ArrowLeft", "previous frame", drive(() => app.player.step(-1))],
    ["b B", "boxes of the ground truth", click("boxes")],
    ["ArrowRight", "next frame", () => app.step(1)],
    ["n N", "boxes of what was predicted", click("found")],
    ["f F", "tracks", click("tracks")],
    ["PageUp PageDown", "ten frames back or on", (event) => drive(() => app.player.step(event.key === "PageUp" ? -10 : 10))()],
    ["l L", "names on boxes", click("labels")],
    ["Home End", "first or last frame", (event) => drive(() => app.jump(event.key === "Home" ? 0 : app.player.count - 1))()],
    ["o O", "distance rings", click("rings")],
    ["x X", "worst frame", drive(() => /** @type {HTMLElement|null} */ (document.querySelector("#worst button"))?.click())],
    ["[ ]", "smaller or larger points", (event) => grow(event.key === "[" ? -0.5 : 0.5)],
    ["j k J K", "next or previous object, by distance", (event) => select(app, app.objects.next(app.chosen, event.key.toLowerCase() === "j" ? 1 : -1))],
    ["7 8 9", "from behind, above, the side", (event) => app.look(/** @type {const} */ (["behind", "above", "side"])[Number(event.key) - 7])],
    ["< >", "slower or faster", (event) => faster(event.key === "<" ? -1 : 1)],
    ["t T", "light or dark", () => app.theme.toggle()],
    ["w a s d", "move ahead, left, back, right", (event) => moved(() => camera.move(...STEPS[event.key]))()],
    ["p P", "save a picture", () => app.pictures.open()],
    ["q e Q E", "turn left, right", (event) => moved(() => camera.turn(event.key.toLowerCase() === "q" ? TURN : -TURN, 0))()],
    ["m M", "panel", () => app.togglePanel()],
    ["u U", "copy the link to this frame", drive(() => app.copyLink())],
    ["v V", "the other of two runs", () => switchRun(app, app.run ? 0 : 1)],
    ["Escape", "deselect", () => select(app, 0)],
    ["+ - =", "nearer or further", (event) => moved(() => camera.zoom(event.key === "-" ? 1.15 : 1 / 1.15))()],
    ["?", "these keys", () => /** @type {HTMLDialogElement} */ (byId("keys")).showModal()],
    .../** @type {import("./protocol.js").ObjectClass[]} */ ([...classes, ...(no_label ? [no_label] : [])]).flatMap(({ key, plural }, k) =>
      (key ? [/** @type {import("./keys.js").Binding} */ ([key, `show or hide ${plural}`, () => app.toggleClass(k)])] : [])),
  ];
}
