// Points drawn by the graphics card.

import { NEARNESS } from "./point_style.js";

const VERTEX = `#version 300 es
layout(location = 0) in vec3 place;
layout(location = 1) in vec4 colour;
uniform vec4 across, down, depth;  // as Camera.projection gives them, for units of the scan
uniform vec2 screen, range;
uniform vec3 nearness;             // size * share, size * metres, most
flat out vec3 shade;
void main() {
  vec4 p = vec4(place, 1.0);
  float w = dot(depth, p);
  if (colour.a == 0.0 || w < range.x || w > range.y) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    gl_PointSize = 1.0;
    return;
  }
  vec2 pixel = vec2(dot(across, p), dot(down, p)) / w;
  float side = clamp(floor(nearness.x + nearness.y / w + 0.5), 1.0, nearness.z);
  gl_PointSize = side + floor((1.0 - colour.a) * 255.0 + 0.5);
  vec2 clip = pixel / screen * 2.0 - 1.0;
  float z = (w - range.x) / (range.y - range.x);
  gl_Position = vec4(clip.x, -clip.y, sqrt(z) * 2.0 - 1.0, 1.0);
  shade = colour.rgb;
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
flat in vec3 shade;
out vec4 pixel;
void main() { pixel = vec4(shade, 1.0); }`;

export class WebGLRenderer {
  /** @param {HTMLCanvasElement} canvas @param {WebGL2RenderingContext} gl */
  constructor(canvas, gl) {
    this.name = "webgl";
    this.canvas = canvas;
    this.gl = gl;
    this.count = 0;
    this.scale = 1;
    this.setUp();
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => {
      this.setUp();
      if (this.frame) this.setPoints(this.frame);
      if (this.colours) this.setColours(this.colours);
    });
  }

  setUp() {
    const gl = this.gl;
    const program = /** @type {WebGLProgram} */ (gl.createProgram());
    for (const [kind, source] of /** @type {const} */ ([[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]])) {
      const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(`WebGL: ${gl.getProgramInfoLog(program)}`);
    }
    this.program = program;
    const names = ["across", "down", "depth", "screen", "range", "nearness"];
    this.at = Object.fromEntries(names.map((name) => [name, gl.getUniformLocation(program, name)]));
    this.places = gl.createBuffer();
    this.shades = gl.createBuffer();
    gl.bindVertexArray(gl.createVertexArray());
    gl.enableVertexAttribArray(0);
    gl.enableVertexAttribArray(1);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.places);
    gl.vertexAttribPointer(0, 3, gl.SHORT, false, 6, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.shades);
    gl.vertexAttribPointer(1, 4, gl.UNSIGNED_BYTE, true, 4, 0);
    gl.enable(gl.DEPTH_TEST);
  }

  /** @param {import("./protocol.js").Frame} frame */
  setPoints(frame) {
    this.frame = frame;
    this.scale = frame.scale;
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, this.places);
    this.gl.bufferData(this.gl.ARRAY_BUFFER, frame.xyz, this.gl.DYNAMIC_DRAW);
  }

  /** @param {Uint32Array} colours */
  setColours(colours) {
    this.colours = colours;
    this.count = colours.length;
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, this.shades);
    this.gl.bufferData(this.gl.ARRAY_BUFFER, colours, this.gl.DYNAMIC_DRAW);
  }

  /** @param {import("./camera.js").Camera} camera @param {number} size @param {number[]} background */
  draw(camera, size, background) {
    const { gl, canvas, at, scale } = this;
    const view = camera.projection(canvas.width, canvas.height);
    const scaled = (/** @type {number[]} */ v) => [v[0] * scale, v[1] * scale, v[2] * scale, v[3]];
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(background[0] / 255, background[1] / 255, background[2] / 255, 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.useProgram(/** @type {WebGLProgram} */ (this.program));
    gl.uniform4fv(at.across, scaled(view.across));
    gl.uniform4fv(at.down, scaled(view.down));
    gl.uniform4fv(at.depth, scaled(view.depth));
    gl.uniform2f(at.screen, canvas.width, canvas.height);
    gl.uniform2f(at.range, view.near, view.far);
    gl.uniform3f(at.nearness, size * NEARNESS.share, size * NEARNESS.metres, Math.round(size * NEARNESS.most));
    gl.drawArrays(gl.POINTS, 0, this.count);
  }
}
