// A camera that turns around a point. World: x ahead, y left, z up, in metres.

const NEAR = 0.2, FAR = 1000;
const UPRIGHT = 1.55; // radians; straight down would leave no way up

export const VIEWS = {
  behind: { target: [7, 0, 0], distance: 36, azimuth: Math.PI, elevation: 0.5 },
  above: { target: [0, 0, 0], distance: 95, azimuth: Math.PI, elevation: UPRIGHT },
  side: { target: [5, 0, 0], distance: 42, azimuth: -Math.PI / 2, elevation: 0.3 },
};

export class Camera {
  constructor() {
    this.fov = 0.9;
    this.width = this.height = 1;
    this.look("behind");
  }

  /** @param {keyof typeof VIEWS} name */
  look(name) {
    const view = VIEWS[name];
    this.target = [...view.target];
    this.distance = view.distance;
    this.azimuth = view.azimuth;
    this.elevation = view.elevation;
  }

  /** @param {number} right @param {number} up  radians */
  turn(right, up) {
    this.azimuth -= right;
    this.elevation = Math.min(UPRIGHT, Math.max(-0.3, this.elevation + up));
  }

  /** Moves what is looked at along the ground. @param {number} right @param {number} ahead  shares of the distance */
  move(right, ahead) {
    const s = Math.sin(this.azimuth), c = Math.cos(this.azimuth), d = this.distance;
    this.target[0] += (-c * ahead - s * right) * d;
    this.target[1] += (-s * ahead + c * right) * d;
    for (const axis of [0, 1]) this.target[axis] = Math.min(300, Math.max(-300, this.target[axis]));
  }

  /** Comes near a box, seen from the sensor's side, which is the one that has points. @param {import("./boxes.js").Box} box */
  face([, , x, y, z, length, width, height]) {
    this.target = [x, y, z];
    this.distance = Math.max(9, 3.2 * Math.max(length, width, height));
    this.azimuth = Math.atan2(-y, -x);
    this.elevation = 0.42;
  }

  /** @param {number} factor */
  zoom(factor) {
    this.distance = Math.min(300, Math.max(1.5, this.distance * factor));
  }

  /**
   * What a pixel's place is computed with: for a point p in metres, w = depth.p + depth[3] (metres ahead of the eye),
   * column = (across.p + across[3]) / w, row = (down.p + down[3]) / w, in pixels from the upper left corner.
   * @param {number} width @param {number} height
   */
  projection(width, height) {
    const { azimuth: a, elevation: e, distance, target } = this;
    const back = [Math.cos(e) * Math.cos(a), Math.cos(e) * Math.sin(a), Math.sin(e)];
    const right = [-Math.sin(a), Math.cos(a), 0];
    const up = [-Math.sin(e) * Math.cos(a), -Math.sin(e) * Math.sin(a), Math.cos(e)];
    const eye = target.map((t, k) => t + back[k] * distance);
    const focal = height / 2 / Math.tan(this.fov / 2);
    const row = (/** @type {number[]} */ v) => [...v, -(v[0] * eye[0] + v[1] * eye[1] + v[2] * eye[2])];
    const depth = row(back.map((b) => -b));
    const x = row(right), y = row(up);
    return {
      across: depth.map((d, k) => (d * width) / 2 + x[k] * focal),
      down: depth.map((d, k) => (d * height) / 2 - y[k] * focal),
      depth, near: NEAR, far: FAR,
    };
  }
}

/** @typedef {ReturnType<Camera["projection"]>} Projection */

/**
 * @param {Projection} view @param {number} x @param {number} y @param {number} z
 * @returns {[number, number, number]} column, row, metres ahead of the eye
 */
export function project({ across, down, depth }, x, y, z) {
  const w = depth[0] * x + depth[1] * y + depth[2] * z + depth[3];
  return [
    (across[0] * x + across[1] * y + across[2] * z + across[3]) / w,
    (down[0] * x + down[1] * y + down[2] * z + down[3]) / w, w,
  ];
}
