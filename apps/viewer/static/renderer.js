// Choice of the renderer: WebGL on a graphics card, our own rasteriser where WebGL would be computed anyway.

import { CanvasRenderer } from "./canvas_renderer.js";
import { WebGLRenderer } from "./webgl_renderer.js";

/**
 * @typedef {object} Renderer
 * @property {string} name
 * @property {(frame: import("./protocol.js").Frame) => void} setPoints
 * @property {(colours: Uint32Array) => void} setColours  0xAABBGGRR by point; see ALPHA in point_style.js
 * @property {(camera: import("./camera.js").Camera, size: number, background: number[]) => void} draw
 */

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {string|null} wanted  "webgl", "canvas" or nothing
 * @returns {Renderer}
 */
export function makeRenderer(canvas, wanted) {
  if (wanted !== "canvas" && (wanted === "webgl" || !isSoftware())) {
    const gl = canvas.getContext("webgl2", { antialias: false, alpha: false, preserveDrawingBuffer: true });
    if (gl) return new WebGLRenderer(canvas, gl);
  }
  return new CanvasRenderer(canvas);
}

/** Whether WebGL is missing or computed by the processor; asked of another canvas, as a canvas is one kind for good. */
function isSoftware() {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return true;
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return SOFTWARE.test(name);
}
