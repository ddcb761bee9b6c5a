// Picture: what the stage shows, drawn once more at the size that is asked for, and saved as a PNG.

import { CanvasRenderer } from "./canvas_renderer.js";
import { Overlay } from "./overlay.js";
import { byId, css } from "./panel.js";

const LEAST = 64, MOST = 8192, MOST_PIXELS = 36e6;

/** @typedef {{width: number, height: number}} Size */

/**
 * @typedef {object} Scene
 * @property {import("./protocol.js").Frame} frame @property {Uint32Array} colours  of its points
 * @property {import("./camera.js").Camera} camera @property {number} size  of the points
 * @property {number} tall  CSS pixels of the stage: points and lines keep their share of the height
 * @property {number[]} background
 * @property {Omit<Parameters<Overlay["draw"]>[1], "ratio">} lines
 * @property {string} caption @property {{name: string, colour: number[]}[]} legend
 * @property {string} ink @property {string} halo
 */

/** @param {Scene} scene @param {Size} size @returns {HTMLCanvasElement} */
export function picture(scene, { width, height }) {
  const ratio = height / scene.tall;
  const canvas = blank(width, height), renderer = new CanvasRenderer(canvas);
  renderer.setPoints(scene.frame);
  renderer.setColours(scene.colours);
  renderer.draw(scene.camera, scene.size * ratio, scene.background);
  const overlay = new Overlay(blank(width, height));
  overlay.draw(scene.camera, { ...scene.lines, ratio });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.drawImage(overlay.canvas, 0, 0);
  write(context, scene, width, height);
  return canvas;
}

/** The caption below, and what colours mean. @param {CanvasRenderingContext2D} context @param {Scene} scene @param {number} width @param {number} height */
function write(context, { caption, legend, ink, halo }, width, height) {
  const letter = Math.max(9, Math.min(height / 48, width / 60));
  const say = (/** @type {string} */ text, /** @type {number} */ x, /** @type {number} */ y) => {
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  };
  Object.assign(context, { font: `${letter}px system-ui, sans-serif`, fillStyle: ink, strokeStyle: halo, lineWidth: letter / 4, lineJoin: "round" });
  say(caption, letter, height - letter);
  let x = letter;
  for (const { name, colour } of legend) {
    context.fillStyle = css(colour);
    context.fillRect(x, letter, letter * 0.8, letter * 0.8);
    context.fillStyle = ink;
    say(name, x + letter * 1.2, letter * 1.75);
    x += letter * 2.4 + context.measureText(name).width;
  }
}

/** @param {number} width @param {number} height */
const blank = (width, height) => Object.assign(document.createElement("canvas"), { width, height });

/** The dialog that asks for the size. */
export class PictureDialog {
  /** @param {() => Size} onScreen  the stage's size in pixels @param {(size: Size) => void} save */
  constructor(onScreen, save) {
    this.onScreen = onScreen;
    this.dialog = /** @type {HTMLDialogElement} */ (byId("picture"));
    const field = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id));
    this.preset = /** @type {HTMLSelectElement} */ (byId("picture-size"));
    this.width = field("picture-width");
    this.height = field("picture-height");
    for (const input of [this.width, this.height]) {
      Object.assign(input, { min: String(LEAST), max: String(MOST) });
      input.addEventListener("input", () => (this.preset.value = "other"));
    }
    this.preset.addEventListener("change", () => this.fill());
    byId("picture-form").addEventListener("submit", () => {
      const width = Math.round(Number(this.width.value)), height = Math.round(Number(this.height.value));
      save(bounded(width, height));
    });
    byId("picture-cancel").addEventListener("click", () => this.dialog.close());
  }

  open() {
    this.fill();
    this.dialog.showModal();
    byId("picture-save").focus();
  }

  fill() {
    if (this.preset.value === "other") return;
    const [width, height] = this.preset.value.split("x").map(Number);
    const size = height ? { width, height } : this.onScreen();
    this.width.value = String(size.width);
    this.height.value = String(size.height);
  }
}

/** The size, or the nearest that a browser can draw. @param {number} width @param {number} height @returns {Size} */
function bounded(width, height) {
  const share = Math.min(1, Math.sqrt(MOST_PIXELS / (width * height)));
  const side = (/** @type {number} */ pixels) => Math.min(MOST, Math.max(LEAST, Math.floor(pixels * share)));
  return { width: side(width), height: side(height) };
}

/** @param {HTMLCanvasElement} canvas @param {string} name */
export function download(canvas, name) {
  canvas.toBlob((blob) => {
    if (!blob) return;
    const url = URL.createObjectURL(blob);
    Object.assign(document.createElement("a"), { download: name, href: url }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }, "image/png");
}
