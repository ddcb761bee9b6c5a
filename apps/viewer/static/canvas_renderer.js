// Points drawn into an image by the processor, with a depth buffer.

import { NEARNESS } from "./point_style.js";

export class CanvasRenderer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.name = "canvas";
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    this.xyz = new Int16Array(0);
    this.colours = new Uint32Array(0);
    this.scale = 1;
    this.resize();
  }

  resize() {
    const { width, height } = this.canvas;
    this.image = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.depths = new Float32Array(width * height);
  }

  /** @param {import("./protocol.js").Frame} frame */
  setPoints(frame) {
    this.xyz = frame.xyz;
    this.scale = frame.scale;
  }

  /** @param {Uint32Array} colours */
  setColours(colours) {
    this.colours = colours;
  }

  /** @param {import("./camera.js").Camera} camera @param {number} size @param {number[]} background */
  draw(camera, size, background) {
    const { width, height } = this.canvas;
    if (!this.image || this.image.width !== width || this.image.height !== height) this.resize();
    const { pixels, depths, xyz, colours } = this;
    const view = camera.projection(width, height);
    const s = this.scale;
    const [ax, ay, az, a] = view.across.map((v, k) => (k < 3 ? v * s : v));
    const [bx, by, bz, b] = view.down.map((v, k) => (k < 3 ? v * s : v));
    const [dx, dy, dz, d] = view.depth.map((v, k) => (k < 3 ? v * s : v));
    const base = size * NEARNESS.share, near = size * NEARNESS.metres, most = Math.round(size * NEARNESS.most);
    const nearest = view.near, farthest = view.far, count = colours.length;
    pixels.fill((0xff000000 | (background[2] << 16) | (background[1] << 8) | background[0]) >>> 0);
    depths.fill(Infinity);
    for (let i = 0, j = 0; i < count; i++, j += 3) {
      const colour = colours[i], alpha = colour >>> 24;
      if (alpha === 0) continue;
      const x = xyz[j], y = xyz[j + 1], z = xyz[j + 2];
      const w = dx * x + dy * y + dz * z + d;
      if (w < nearest || w > farthest) continue;
      const inverse = 1 / w;
      let side = Math.floor(base + near * inverse + 0.5);
      side = (side < 1 ? 1 : side > most ? most : side) + (255 - alpha);
      // The pixels whose middle lies in the square, as WebGL has it.
      const left = Math.ceil((ax * x + ay * y + az * z + a) * inverse - side * 0.5 - 0.5);
      const top = Math.ceil((bx * x + by * y + bz * z + b) * inverse - side * 0.5 - 0.5);
      if (left + side <= 0 || top + side <= 0 || left >= width || top >= height) continue;
      const x0 = left < 0 ? 0 : left, x1 = left + side > width ? width : left + side;
      const y0 = top < 0 ? 0 : top, y1 = top + side > height ? height : top + side;
      const opaque = (colour | 0xff000000) >>> 0;
      for (let row = y0; row < y1; row++) {
        for (let p = row * width + x0, end = row * width + x1; p < end; p++) {
          if (w < depths[p]) {
            depths[p] = w;
            pixels[p] = opaque;
          }
        }
      }
    }
    this.context.putImageData(/** @type {ImageData} */ (this.image), 0, 0);
  }
}
