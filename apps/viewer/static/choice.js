// Choice: the object that is marked, and which of two runs is on the screen.

import { again, listed } from "./boxes.js";
import { otherRun } from "./protocol.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {import("./protocol.js").Frame} Frame */

/** @param {Frame|null} frame @param {number} number @returns {import("./boxes.js").Listed|undefined} */
const found = (frame, number) => (frame ? listed(frame.facts).find((one) => one.number === number) : undefined);

/** The camera turns to an object, which is marked. @param {App} app @param {number} number  0 for none */
export function select(app, number) {
  const one = found(app.frame, number);
  mark(app, one ? number : 0);
  if (!one) return;
  app.stage.camera.face(one.box);
  app.stage.turned();
}

/** A point was clicked in the cloud: its object is marked, and the view stays. @param {App} app @param {number} point  -1 for none */
export function tap(app, point) {
  const number = point < 0 ? 0 : app.frame?.objects?.[point] ?? 0;
  const listed = found(app.frame, number) !== undefined; // some objects are too small for a box
  if (listed || app.chosen) mark(app, listed ? number : 0);
}

/** A new frame has come: the mark stays with the object. @param {App} app @param {Frame|null} before */
export function follow(app, before) {
  const one = found(before, app.chosen);
  app.chosen = (one && app.frame && again(listed(app.frame.facts), one)?.number) || 0;
}

/** @param {App} app @param {number} run  0 or 1 */
export function switchRun(app, run) {
  if (!app.frame?.compared || run === app.run) return;
  app.run = run;
  app.frame = otherRun(app.frame);
  app.dirty.frames = true;
  mark(app, 0);
}

/** @param {App} app @param {number} number */
function mark(app, number) {
  app.chosen = number;
  app.dirty.points = true;
  app.ask();
}
