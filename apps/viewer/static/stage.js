// Stage: the cloud on the screen, its canvases and renderer, and the point that is looked at.

import { Camera, project } from "./camera.js";
import { hideCard, showCard } from "./card.js";
import { attachControls } from "./controls.js";
import { Overlay } from "./overlay.js";
import { byId, css } from "./panel.js";
import { pick } from "./pick.js";
import { place } from "./protocol.js";
import { makeRenderer } from "./renderer.js";

const REACH = 7; // CSS pixels around the pointer
const SHARPEST = { canvas: 1, webgl: 2 }; // pixels per CSS pixel that the renderers are good for

export class Stage {
  /** @param {string|null} renderer @param {() => void} changed  draw me */
  constructor(renderer, changed) {
    this.canvas = /** @type {HTMLCanvasElement} */ (byId("cloud"));
    this.lines = /** @type {HTMLCanvasElement} */ (byId("overlay"));
    this.renderer = makeRenderer(this.canvas, renderer);
    this.overlay = new Overlay(this.lines);
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
    });
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
    fit(this.lines, devicePixelRatio || 1);
  }

  /**
   * @param {object} how
   * @param {import("./overlay.js").Look} how.look @param {number[]} how.background @param {boolean} how.rings
   * @param {{box: any[], colour: string, dashed: boolean}[]} how.boxes
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
    this.overlay.draw(camera, { ratio: devicePixelRatio || 1, look, rings, ground: -(frame?.facts.height ?? 1.73), boxes, point });
    return this.took;
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

  /** The cloud as a picture with a caption. @param {string} caption @param {string} paper @param {string} ink */
  snapshot(caption, paper, ink) {
    const { canvas, lines } = this, band = 30 * (devicePixelRatio || 1);
    const picture = document.createElement("canvas");
    picture.width = lines.width;
    picture.height = lines.height + band;
    const context = /** @type {CanvasRenderingContext2D} */ (picture.getContext("2d"));
    context.fillStyle = paper;
    context.fillRect(0, 0, picture.width, picture.height);
    context.drawImage(canvas, 0, 0, lines.width, lines.height);
    context.drawImage(lines, 0, 0);
    context.fillStyle = ink;
    context.font = `${band * 0.45}px system-ui, sans-serif`;
    context.fillText(caption, band * 0.4, lines.height + band * 0.66);
    return picture;
  }
}

/** Gives a canvas as many pixels as its box has. @param {HTMLCanvasElement} canvas @param {number} ratio @returns {boolean} whether it had others */
export function fit(canvas, ratio) {
  const width = Math.max(1, Math.round(canvas.clientWidth * ratio)), height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  const other = canvas.width !== width || canvas.height !== height;
  if (other) Object.assign(canvas, { width, height });
  return other;
}

/** @param {any} facts @param {boolean} truth @param {boolean} found @param {import("./colours.js").Palette} palette @param {boolean[]} shown */
export function boxesOf(facts, truth, found, palette, shown) {
  const kinds = [...(truth ? facts.boxes.map((/** @type {any} */ box) => ({ box, dashed: false })) : []),
    ...(found ? facts.found.map((/** @type {any} */ box) => ({ box, dashed: true })) : [])];
  return kinds.filter(({ box }) => shown[box[0]] ?? true).map((item) => ({ ...item, colour: css(palette.of(item.box[0])) }));
}
