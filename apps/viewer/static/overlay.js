// Overlay: lines over the points, which are distance rings, boxes, the recording car and the point that is looked at.

import { project } from "./camera.js";

const RINGS = [10, 20, 30, 40, 60, 80, 100];
const STEPS = 72;
const FAINT = 0.5; // of a box whose object is hidden, or was seen once only
const RECORDING_CAR = { back: -2.2, front: 2.0, side: 0.9 }; // metres around the sensor

/** @typedef {{ring: string, halo: string, mark: string, edge: string}} Look  colours, see theme.css of apps/viewer/theme.py */

export class Overlay {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  }

  /**
   * @param {import("./camera.js").Camera} camera
   * @param {object} what
   * @param {number} what.ratio  pixels of the canvas per CSS pixel
   * @param {Look} what.look
   * @param {boolean} what.rings
   * @param {number} what.ground  z of the ground
   * @param {import("./boxes.js").Outline[]} what.boxes
   * @param {[number, number, number]|null} what.point
   */
  draw(camera, { ratio, look, rings, ground, boxes, point }) {
    const { canvas, context } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.scale(ratio, ratio);
    this.view = camera.projection(canvas.width / ratio, canvas.height / ratio);
    if (rings) this.rings(ground, look);
    for (const one of boxes) this.box(one, look);
    this.labels(boxes, look);
    if (point) this.mark(point, look);
  }

  /** @param {number} ground @param {Look} look */
  rings(ground, { ring: ink, halo }) {
    const { context } = this;
    context.lineWidth = 1;
    context.setLineDash([]);
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    let last = Infinity;
    for (const radius of RINGS) {
      const ring = [];
      for (let k = 0; k <= STEPS; k++) {
        const angle = (k / STEPS) * 2 * Math.PI;
        ring.push([radius * Math.cos(angle), radius * Math.sin(angle), ground]);
      }
      context.strokeStyle = ink;
      context.globalAlpha = 0.13;
      this.path(ring);
      context.globalAlpha = 1;
      const [x, y, w] = project(/** @type {any} */ (this.view), radius, 0, ground);
      if (w > 1 && Math.abs(last - y) > 20) {
        last = y;
        context.lineWidth = 3;
        context.strokeStyle = halo;
        context.strokeText(`${radius} m`, x, y - 3);
        context.lineWidth = 1;
        context.fillStyle = ink;
        context.globalAlpha = 0.75;
        context.fillText(`${radius} m`, x, y - 3);
        context.globalAlpha = 1;
      }
    }
    const { back, front, side } = RECORDING_CAR;
    context.strokeStyle = ink;
    context.globalAlpha = 0.5;
    this.path([[back, -side, ground], [front, -side, ground], [front + 0.6, 0, ground], [front, side, ground], [back, side, ground], [back, -side, ground]]);
    context.globalAlpha = 1;
  }

  /** @param {import("./boxes.js").Outline} outline @param {Look} look */
  box({ box: [, , x, y, z, length, width, height, yaw], colour, dashed, chosen, headed = !dashed, faint = false, trail = [] }, { mark, edge }) {
    this.trail(trail, colour);
    this.context.globalAlpha = faint && !chosen ? FAINT : 1;
    const { context } = this, cos = Math.cos(yaw), sin = Math.sin(yaw);
    const corner = (/** @type {number} */ u, /** @type {number} */ v, /** @type {number} */ up) =>
      [x + (u * length * cos - v * width * sin) / 2, y + (u * length * sin + v * width * cos) / 2, z + up * height / 2];
    const low = [corner(1, 1, -1), corner(1, -1, -1), corner(-1, -1, -1), corner(-1, 1, -1)];
    const high = [corner(1, 1, 1), corner(1, -1, 1), corner(-1, -1, 1), corner(-1, 1, 1)];
    const passes = chosen ? /** @type {const} */ ([[edge, 5], [mark, 2.5]]) : /** @type {const} */ ([[colour, 1.4]]);
    for (const [ink, thick] of passes) {
      context.strokeStyle = ink;
      context.lineWidth = thick;
      context.setLineDash(dashed && !chosen ? [4, 3] : []);
      this.path([...low, low[0]]);
      this.path([...high, high[0]]);
      low.forEach((bottom, k) => this.path([bottom, high[k]]));
      if (headed) this.path([low[0], high[1]]); // a diagonal on its front tells where it heads, which only the truth and what moves know
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  /** The way that an object has come, fading with the time since. @param {number[][]} places  the last is where it is @param {string} colour */
  trail(places, colour) {
    const { context } = this, steps = places.length - 1;
    Object.assign(context, { strokeStyle: colour, lineWidth: 2.5, lineCap: "round" });
    for (let k = 0; k < steps; k++) {
      context.globalAlpha = 0.2 + (0.8 * (k + 1)) / steps;
      this.path([places[k], places[k + 1]]);
    }
    Object.assign(context, { globalAlpha: 1, lineCap: "butt" });
  }

  /** Names over the boxes: the chosen one's, and of the others those that cover none that is nearer. @param {import("./boxes.js").Outline[]} boxes @param {Look} look */
  labels(boxes, { ring, halo, mark }) {
    const { context } = this, view = /** @type {import("./camera.js").Projection} */ (this.view);
    /** @type {{left: number, right: number, y: number}[]} */
    const taken = [];
    const named = boxes.filter(({ label }) => label).map((one) => {
      const [, , x, y, z, length, width, height] = one.box, [column, , w] = project(view, x, y, z + height / 2);
      // Above the farthest corner of the lid, so that no line runs through it.
      const away = Math.hypot(length, width) / 2, norm = Math.hypot(view.depth[0], view.depth[1]) || 1;
      const [, row] = project(view, x + (view.depth[0] / norm) * away, y + (view.depth[1] / norm) * away, z + height / 2);
      return { ...one, column, row: row - 5, w };
    }).filter(({ w }) => w > 1);
    named.sort((a, b) => Number(b.chosen) - Number(a.chosen) || a.w - b.w);
    Object.assign(context, { textAlign: "center", lineJoin: "round" });
    for (const { label, column, row, chosen } of named) {
      context.font = `${chosen ? "600 13px" : "11px"} system-ui, sans-serif`;
      const half = context.measureText(label).width / 2 + 3, left = column - half, right = column + half;
      if (taken.some((other) => left < other.right && right > other.left && Math.abs(row - other.y) < 14)) continue;
      taken.push({ left, right, y: row });
      context.strokeStyle = halo;
      context.lineWidth = 3;
      context.strokeText(label, column, row);
      context.fillStyle = chosen ? mark : ring;
      context.fillText(label, column, row);
    }
  }

  /** @param {[number, number, number]} point @param {Look} look */
  mark(point, { mark, edge }) {
    const { context } = this, [x, y, w] = project(/** @type {any} */ (this.view), ...point);
    if (w < 0.2) return;
    for (const [colour, width] of /** @type {const} */ ([[edge, 4], [mark, 2]])) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      context.arc(x, y, 7, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  /** Lines from point to point, as far as they are before the eye. @param {number[][]} points */
  path(points) {
    const { context } = this, view = /** @type {import("./camera.js").Projection} */ (this.view), near = 0.3;
    const depth = (/** @type {number[]} */ p) => view.depth[0] * p[0] + view.depth[1] * p[1] + view.depth[2] * p[2] + view.depth[3];
    context.beginPath();
    for (let k = 1; k < points.length; k++) {
      let a = points[k - 1], b = points[k];
      const da = depth(a), db = depth(b);
      if (da < near && db < near) continue;
      if (da < near) a = between(b, a, (db - near) / (db - da));
      if (db < near) b = between(a, b, (da - near) / (da - db));
      const [ax, ay] = project(view, a[0], a[1], a[2]), [bx, by] = project(view, b[0], b[1], b[2]);
      context.moveTo(ax, ay);
      context.lineTo(bx, by);
    }
    context.stroke();
  }
}

/** @param {number[]} a @param {number[]} b @param {number} t */
function between(a, b, t) {
  return a.map((v, k) => v + (b[k] - v) * t);
}
