// Pick: the point under the pointer.

/**
 * @param {import("./protocol.js").Frame} frame
 * @param {Uint32Array} colours  those of 0 are hidden
 * @param {import("./camera.js").Projection} view
 * @param {number} column @param {number} row
 * @param {number} reach  pixels
 * @returns {number} the nearest to the eye of the points so near on the screen, -1 for none
 */
export function pick(frame, colours, view, column, row, reach) {
  const { xyz, scale: s } = frame;
  const [ax, ay, az, a] = view.across, [bx, by, bz, b] = view.down, [dx, dy, dz, d] = view.depth;
  let best = -1, least = Infinity;
  for (let i = 0, j = 0; i < colours.length; i++, j += 3) {
    if (colours[i] === 0) continue;
    const x = xyz[j] * s, y = xyz[j + 1] * s, z = xyz[j + 2] * s;
    const w = dx * x + dy * y + dz * z + d;
    if (w < view.near) continue;
    const u = (ax * x + ay * y + az * z + a) / w - column, v = (bx * x + by * y + bz * z + b) / w - row;
    const away = u * u + v * v;
    if (away > reach * reach) continue;
    // A pixel further from the pointer counts as two per cent more distance.
    const cost = w * (1 + 0.02 * Math.sqrt(away));
    if (cost < least) {
      least = cost;
      best = i;
    }
  }
  return best;
}
