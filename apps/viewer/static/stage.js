// Stage: the cloud on the screen, its canvases and renderer, and the point that is looked at.

import { Camera, project } from "./camera.js";
import { hideCard, showCard } from "./card.js";
import { attachControls } from "./controls.js";
import { Overlay } from "./overlay.js";
import { byId } from "./panel.js";
import { pick } from "./pick.js";
import { place } from "./protocol.js";
import { makeRenderer } from "./renderer.js";

const REACH = 7, EXACT = 2; // CSS pixels around the pointer
const SHARPEST = { canvas: 1, webgl: 2 }; // pixels per CSS pixel that the renderers are good for

export class Stage {
  /** @param {string|null} renderer @param {() => void} changed  draw me @param {(point: number) => void} tapped  the point, -1 for none */
  constructor(renderer, changed, tapped) {
    this.canvas = /** @type {HTMLCanvasElement} */ (byId("cloud"));
    this.over = /** @type {HTMLCanvasElement} */ (byId("overlay"));
    this.renderer = makeRenderer(this.canvas, renderer);
    this.overlay = new Overlay(this.over);
    this.camera = new Camera();
    this.colours = new Uint32Array(0);
    this.size = 2;
    this.point = -1;
    this.stale = true; // the points, not what is drawn over them
    this.took = 0;
    /** @type {{x: number, y: number}|null} */
    this.pointer = null;
    this.changed = changed;
    attachControls(this.canvas, this.camera, () => {
      hideCard();
      this.turned();
    }, (event) => {
      const box = this.canvas.getBoundingClientRect();
      this.pointer = event && { x: event.clientX - box.left, y: event.clientY - box.top };
      if (!event) this.point = -1;
      changed();
    }, (event) => tapped(this.pointAt(event)));
    window.addEventListener("blur", () => this.forget()); // the pointer may come back anywhere
  }

  /** No point is looked at. */
  forget() {
    this.pointer = null;
    this.point = -1;
    hideCard();
    this.changed();
  }

  /** The camera has moved. */
  turned() {
    this.stale = true;
    this.changed();
  }

  /** @param {number} size */
  resizePoints(size) {
    this.size = size;
    this.turned();
  }

  /** @param {import("./protocol.js").Frame} frame @param {Uint32Array} colours */
  set(frame, colours) {
    this.stale = true;
    if (this.frame !== frame) this.renderer.setPoints(frame);
    this.frame = frame;
    this.colours = colours;
    this.renderer.setColours(colours);
  }

  /** Fits the canvases to their boxes. */
  resize() {
    const best = SHARPEST[/** @type {"canvas"|"webgl"} */ (this.renderer.name)];
    this.ratio = Math.min(devicePixelRatio || 1, best);
    if (fit(this.canvas, this.ratio)) this.stale = true;
    fit(this.over, devicePixelRatio || 1);
  }

  /**
   * @param {object} how
   * @param {import("./overlay.js").Look} how.look @param {number[]} how.background @param {boolean} how.rings
   * @param {import("./boxes.js").Outline[]} how.boxes
   * @param {import("./protocol.js").Table|null} how.table @param {import("./colours.js").Palette|null} how.palette  null before the server has told
   * @returns {number} milliseconds that the points took when they were last drawn
   */
  draw({ look, background, rings, boxes, table, palette }) {
    const { frame, camera } = this;
    if (this.stale) {
      const began = performance.now();
      this.renderer.draw(camera, this.size * (this.ratio ?? 1), background);
      this.took = performance.now() - began;
      this.stale = false;
    }
    this.findPoint(table, palette);
    const point = frame && this.point >= 0 && this.point < frame.count ? place(frame, this.point) : null;
    this.lines = { look, rings, ground: -(frame?.facts.height ?? 1.73), boxes, point };
    this.overlay.draw(camera, { ratio: devicePixelRatio || 1, ...this.lines });
    return this.took;
  }

  /** @param {PointerEvent} event @returns {number} the point under the pointer, -1 for none */
  pointAt(event) {
    const { frame, canvas } = this, box = canvas.getBoundingClientRect();
    if (!frame) return -1;
    const view = this.camera.projection(canvas.clientWidth, canvas.clientHeight);
    const reached = (/** @type {number} */ reach) => pick(frame, this.colours, view, event.clientX - box.left, event.clientY - box.top, reach);
    const exact = reached(EXACT); // the ground before an object is nearer to the eye, and isn't meant
    return exact < 0 ? reached(REACH) : exact;
  }

  /** Finds the point under the pointer, and shows its values. @param {import("./protocol.js").Table|null} table @param {import("./colours.js").Palette|null} palette */
  findPoint(table, palette) {
    const { frame, pointer, camera, canvas } = this;
    if (!frame || !pointer || !table || !palette) {
      if (this.point < 0) hideCard();
      return;
    }
    const view = camera.projection(canvas.clientWidth, canvas.clientHeight);
    this.point = pick(frame, this.colours, view, pointer.x, pointer.y, REACH);
    if (this.point < 0) hideCard();
    else showCard(frame, this.point, { table, palette, ...pointer });
  }

  /** Marks a point and shows its values beside it. @param {number} point  -1 for none @param {import("./protocol.js").Table|null} table @param {import("./colours.js").Palette|null} palette */
  lookAt(point, table, palette) {
    const { frame, canvas } = this, { clientWidth: width, clientHeight: height } = canvas;
    this.pointer = null;
    this.point = point;
    if (!frame || point < 0 || !table || !palette) return;
    const [x, y, w] = project(this.camera.projection(width, height), ...place(frame, point));
    const inside = w > 0 && x > 0 && x < width && y > 0 && y < height;
    showCard(frame, point, { table, palette, x: inside ? x : width / 2, y: inside ? y : height });
  }

  /** What a picture of the stage is drawn from. @param {number[]} background */
  scene(background) {
    const { frame, colours, camera, size, lines, canvas } = this;
    return frame && lines && { frame, colours, camera, size, lines: { ...lines, point: null }, background, tall: canvas.clientHeight };
  }
}

/** Gives a canvas as many pixels as its box has. @param {HTMLCanvasElement} canvas @param {number} ratio @returns {boolean} whether it had others */
export function fit(canvas, ratio) {
  const width = Math.max(1, Math.round(canvas.clientWidth * ratio)), height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  const other = canvas.width !== width || canvas.height !== height;
  if (other) Object.assign(canvas, { width, height });
  return other;
}
