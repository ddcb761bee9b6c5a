// Life: a track from its first frame to its last, with its speed over time.

import { listed } from "./boxes.js";
import { byId, css, element } from "./panel.js";
import { fit } from "./stage.js";

/**
 * @typedef {object} Life  of a track, from the server's greeting
 * @property {number} number @property {string} name  of its class
 * @property {import("./protocol.js").Motion} motion
 * @property {number} confidence @property {number} sightings  scans that show it
 * @property {number[]} size  length, width, height in metres
 * @property {number[]} positions  of its frames in the drive, -1 for those that are left out
 * @property {number[]} speeds  m/s, in each of them
 */

const TALL = 1.15; // room over the highest speed

/** @param {any} hello @returns {Map<number, Life>} by the track's number */
export const livesOf = (hello) => new Map((hello.tracks ?? []).map((/** @type {Life} */ life) => [life.number, life]));

/** The life of the track that is selected. @param {import("./app.js").App} app @param {import("./protocol.js").Frame} frame */
export function showLife(app, frame) {
  const { lives, chosen, palette, looks, hello } = app;
  const number = chosen ? listed(frame.facts).find((one) => one.number === chosen)?.track?.number : undefined;
  const life = number === undefined ? undefined : lives.get(number);
  byId("life-box").hidden = !life;
  if (!life || !palette) return;
  byId("life-title").textContent = `${life.name[0].toUpperCase()}${life.name.slice(1)} ${life.number}`;
  const { positions, speeds } = life, colour = css(palette.motions[life.motion]);
  const place = (/** @type {number} */ position) => {
    if (position < 0) return "left out";
    const button = element("button", { title: "Go there" }, hello.frames[position]);
    button.addEventListener("click", () => app.jump(position));
    return button;
  };
  const median = [...speeds].sort((a, b) => a - b)[speeds.length >> 1];
  const facts = /** @type {[string, string|HTMLElement][]} */ ([
    ["first frame", place(positions[0])], ["last frame", place(positions[positions.length - 1])],
    ["seen in", `${life.sightings} of ${positions.length} scans`], ["motion", life.motion], ["median speed", `${(3.6 * median).toFixed(0)} km/h`],
    ["size", `${life.size.map((side) => side.toFixed(1)).join(" × ")} m`], ["confidence", life.confidence.toFixed(2)],
  ]);
  byId("life-facts").replaceChildren(...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
  draw(speeds, positions.indexOf(frame.facts.position), colour, looks);
}

/** Speed over time. @param {number[]} speeds  m/s @param {number} now  the frame on the screen, -1 for none @param {string} colour @param {{ink: string, soft: string}} look */
function draw(speeds, now, colour, { ink, soft }) {
  const canvas = /** @type {HTMLCanvasElement} */ (byId("life")), ratio = devicePixelRatio || 1;
  fit(canvas, ratio);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const width = canvas.width / ratio, height = canvas.height / ratio, most = Math.max(5 / 3.6, ...speeds);
  const x = (/** @type {number} */ k) => (speeds.length > 1 ? (k / (speeds.length - 1)) * (width - 2) + 1 : width / 2);
  const y = (/** @type {number} */ v) => height - 1 - (v / (most * TALL)) * (height - 2);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  Object.assign(context, { strokeStyle: colour, lineWidth: 2, lineJoin: "round" });
  context.beginPath();
  speeds.forEach((v, k) => context.lineTo(x(k), y(v)));
  context.stroke();
  if (now >= 0) {
    Object.assign(context, { strokeStyle: ink, lineWidth: 1, fillStyle: ink });
    context.beginPath();
    context.moveTo(x(now), 0);
    context.lineTo(x(now), height);
    context.stroke();
  }
  Object.assign(context, { fillStyle: soft, font: "11px system-ui, sans-serif", textAlign: now >= 0 && x(now) < width / 2 ? "right" : "left" });
  const edge = context.textAlign === "right" ? width - 2 : 2;
  context.fillText(`${(3.6 * most).toFixed(0)} km/h`, edge, 10);
  context.fillText("0", edge, height - 3);
}
