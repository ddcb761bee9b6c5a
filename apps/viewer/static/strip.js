// The range image under the cloud.

const TOP = 15; // CSS pixels of the axis above the image

export class Strip {
  /** @param {HTMLCanvasElement} canvas @param {(point: number, event: PointerEvent|null) => void} looked  -1 for none */
  constructor(canvas, looked) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.picture = document.createElement("canvas");
    this.point = -1;
    this.dirty = true;
    canvas.addEventListener("pointermove", (event) => looked(this.at(event), event));
    canvas.addEventListener("pointerdown", (event) => looked(this.at(event), event));
    canvas.addEventListener("pointerleave", () => looked(-1, null));
  }

  /** @param {import("./protocol.js").Frame} frame @param {Uint32Array} colours  of the points @param {number} empty  colour */
  set(frame, colours, empty) {
    const { rows, columns, pointOf } = frame;
    this.frame = frame;
    this.dirty = true;
    this.picture.width = columns;
    this.picture.height = rows;
    const context = /** @type {CanvasRenderingContext2D} */ (this.picture.getContext("2d"));
    const image = context.createImageData(columns, rows), pixels = new Uint32Array(image.data.buffer);
    for (let p = 0; p < pixels.length; p++) {
      const point = pointOf[p], colour = point < 0 ? 0 : colours[point];
      pixels[p] = colour ? (colour | 0xff000000) >>> 0 : empty;
    }
    context.putImageData(image, 0, 0);
  }

  /** Draws it if anything has changed. @param {number} point  to be marked, -1 for none @param {number} ratio @param {string} ink @param {string} soft  colours */
  draw(point, ratio, ink, soft) {
    const { canvas, context, frame } = this;
    if (!this.dirty && point === this.point) return;
    this.dirty = false;
    this.point = point;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!frame) return;
    context.scale(ratio, ratio);
    const width = canvas.width / ratio, height = canvas.height / ratio;
    const [left, right] = frame.facts.azimuths;
    context.imageSmoothingEnabled = width < frame.columns;
    context.imageSmoothingQuality = "medium";
    context.drawImage(this.picture, 0, TOP, width, height - TOP - 3);
    context.font = "10.5px system-ui, sans-serif";
    context.textAlign = "center";
    context.fillStyle = soft;
    const step = left - right > 180 ? 45 : 15;
    for (let azimuth = Math.ceil(right / step) * step; azimuth <= left; azimuth += step) {
      const x = ((left - azimuth) / (left - right)) * width;
      if (x > 16 && x < width - 16) context.fillText(azimuth ? `${azimuth > 0 ? "+" : "−"}${Math.abs(azimuth)}°` : "ahead", x, 11);
    }
    if (this.point >= 0 && this.point < frame.pixelOf.length) {
      const pixel = frame.pixelOf[this.point];
      const x = ((pixel % frame.columns) + 0.5) / frame.columns * width;
      const y = TOP + (Math.floor(pixel / frame.columns) + 0.5) / frame.rows * (height - TOP - 3);
      context.strokeStyle = ink;
      context.lineWidth = 1.5;
      context.strokeRect(x - 4, y - 4, 8, 8);
    }
  }

  /** @param {PointerEvent} event @returns {number} the point under the pointer, or the nearest in its column */
  at(event) {
    const { frame, canvas } = this;
    if (!frame) return -1;
    const box = canvas.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * frame.columns);
    const row = Math.floor(((event.clientY - box.top - TOP) / (box.height - TOP - 3)) * frame.rows);
    if (column < 0 || column >= frame.columns) return -1;
    for (let away = 0; away <= 3; away++) {
      for (const [r, c] of [[row - away, column], [row + away, column], [row, column - away], [row, column + away]]) {
        if (r < 0 || r >= frame.rows || c < 0 || c >= frame.columns) continue;
        const point = frame.pointOf[r * frame.columns + c];
        if (point >= 0) return point;
      }
    }
    return -1;
  }
}
