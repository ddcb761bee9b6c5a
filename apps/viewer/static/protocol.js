// Frames as apps/viewer/feeds/packet.py lays them out, and the table of classes of apps/viewer/feeds/feed.py.

/**
 * @typedef {object} Frame
 * @property {number} sequence  to be told to the server when the frame is on the screen
 * @property {any} facts        the header: position, name, counts, iou, stages, boxes, ...
 * @property {number} count     N points
 * @property {number} scale     metres per unit of xyz
 * @property {Int16Array} xyz   (N, 3)
 * @property {Uint8Array} classes     (N) 255 for none
 * @property {Uint8Array} intensity   (N)
 * @property {Uint8Array} confidence  (N)
 * @property {Uint8Array|null} truth  (N) 255 for none
 * @property {Uint16Array|null} objects   (N) number of the point's object in the scan, 0 for none
 * @property {Uint8Array|null} compared   (N) class in the other run
 * @property {Uint16Array|null} comparedObjects  (N) as `objects`, there
 * @property {0|1} run          which run's labels these are: the first or the other
 * @property {number} rows      of the range image
 * @property {number} columns
 * @property {Int32Array} pointOf     (rows * columns) the point that a pixel shows, -1 for none
 * @property {Int32Array} pixelOf     the pixel of each of the first points, those that won one
 */

/** @typedef {[number, number, number]} RGB */
/** @typedef {{name: string, dark: RGB, light: RGB}} Named  a meaning, and its colour in either theme */
/** @typedef {"moving"|"parked"|"motion not known"} Motion  what a track does */
/** @typedef {Named & {plural: string, key: string}} ObjectClass */

/**
 * @typedef {object} Table
 * @property {ObjectClass[]} classes  by number
 * @property {ObjectClass} no_label   points without a class
 * @property {number} background      the class of what is no object
 * @property {Named[]} errors         right, false, missed, wrong class
 * @property {Named[]} differences    same, only first, only second, other class
 * @property {Named[]} objects        for neighbouring numbers of objects
 * @property {Record<Motion, {dark: RGB, light: RGB}>} motions  of tracks
 * @property {Record<string, Scale>} scales  by what points are coloured by
 */

/**
 * @typedef {object} Scale  values from low to high, those beyond like the ends
 * @property {string} name @property {number} low @property {number} high @property {string} unit
 * @property {boolean} logarithmic  whether equal ratios are equally far apart
 * @property {RGB[]} dark @property {RGB[]} light  colours at equal steps
 */

/** The class of a point that has none, and the truth of one that is not scored. */
export const NONE = 255;

const MAGIC = 0x315a5153; // SQZ1
const LARGEST_IMAGE = 1 << 24;

/**
 * @param {ArrayBuffer} buffer  a message of the server: its sequence number, then the packet
 * @returns {Frame}
 */
export function decode(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength < 12 || view.getUint32(4, true) !== MAGIC) throw new Error("a message that is no frame");
  const length = view.getUint32(8, true);
  if (12 + length > buffer.byteLength) throw new Error("a frame whose header is cut off");
  const facts = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 12, length)));
  const { points: count, scale, rows, columns } = facts;
  if (!(rows * columns <= LARGEST_IMAGE)) throw new Error(`a range image of ${rows} x ${columns}`);
  let at = 12 + length;
  const take = (/** @type {number} */ bytes) => {
    const start = at;
    at += bytes + ((4 - (bytes % 4)) % 4);
    if (at > buffer.byteLength) throw new Error("a frame that is cut off");
    return start;
  };
  const xyz = new Int16Array(buffer, take(count * 6), count * 3);
  const bytes = () => new Uint8Array(buffer, take(count), count);
  const classes = bytes(), intensity = bytes(), confidence = bytes();
  const numbers = () => new Uint16Array(buffer, take(2 * count), count);
  const truth = facts.truth ? bytes() : null;
  const objects = facts.objects ? numbers() : null;
  const compared = facts.compared ? bytes() : null;
  const comparedObjects = facts.compared_objects ? numbers() : null;
  const size = rows * columns;
  const bits = new Uint8Array(buffer, take((size + 7) >> 3), (size + 7) >> 3);
  const pointOf = new Int32Array(size).fill(-1);
  const pixelOf = new Int32Array(Math.min(count, size));
  let point = 0;
  for (let pixel = 0; pixel < size; pixel++) {
    if ((bits[pixel >> 3] >> (pixel & 7)) & 1) {
      pixelOf[point] = pixel;
      pointOf[pixel] = point++;
    }
  }
  if (point > count) throw new Error("more pixels than points");
  return {
    sequence: view.getUint32(0, true), facts, count, scale, xyz, classes, intensity, confidence, truth, objects, compared,
    comparedObjects, run: 0, rows, columns, pointOf, pixelOf: pixelOf.subarray(0, point),
  };
}

/** The same frame with the other run's labels. @param {Frame} frame @returns {Frame} */
export function otherRun(frame) {
  const { classes, objects, compared, comparedObjects, facts, run } = frame;
  if (!compared) return frame;
  const { counts, iou, mean, found, confident, tracks } = facts;
  return {
    ...frame, run: run ? 0 : 1, classes: compared, objects: comparedObjects, compared: classes, comparedObjects: objects,
    facts: { ...facts, ...facts.other, other: { counts, iou, mean, found, confident, tracks } },
  };
}

/** Where a point is, in metres. @param {Frame} frame @param {number} i @returns {[number, number, number]} */
export function place(frame, i) {
  return [frame.xyz[3 * i] * frame.scale, frame.xyz[3 * i + 1] * frame.scale, frame.xyz[3 * i + 2] * frame.scale];
}
