// Mouse and touch on the cloud.

const TURN = 0.006; // radians per CSS pixel

/**
 * @param {HTMLElement} element
 * @param {import("./camera.js").Camera} camera
 * @param {() => void} changed
 * @param {(event: PointerEvent|null) => void} hovered  over the cloud without a button, null when it leaves
 * @param {(event: PointerEvent) => void} tapped  a click or tap that didn't move
 */
export function attachControls(element, camera, changed, hovered, tapped) {
  /** @type {Map<number, {x: number, y: number}>} */
  const fingers = new Map();
  let moved = 0;

  const turnOrMove = (/** @type {number} */ dx, /** @type {number} */ dy, /** @type {boolean} */ sideways) => {
    if (sideways) camera.move(-dx / element.clientHeight, dy / element.clientHeight);
    else camera.turn(dx * TURN, dy * TURN);
  };

  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    element.focus({ preventScroll: true });
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    moved = 0;
    hovered(null);
  });
  element.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") hovered(event);
      return;
    }
    const dx = event.clientX - before.x, dy = event.clientY - before.y;
    moved += Math.abs(dx) + Math.abs(dy);
    if (fingers.size === 1) turnOrMove(dx, dy, event.shiftKey || event.ctrlKey || (event.buttons & 6) !== 0);
    else if (fingers.size === 2) {
      const other = /** @type {{x: number, y: number}} */ ([...fingers].find(([id]) => id !== event.pointerId)?.[1]);
      const was = Math.hypot(before.x - other.x, before.y - other.y);
      const is = Math.hypot(event.clientX - other.x, event.clientY - other.y);
      camera.zoom(was / Math.max(is, 1));
      turnOrMove(dx / 2, dy / 2, true);
    }
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    changed();
  });
  const end = (/** @type {PointerEvent} */ event) => {
    fingers.delete(event.pointerId);
    if (moved >= 6 || event.type !== "pointerup") return;
    hovered(event); // a tap looks at a point
    tapped(event);
  };
  element.addEventListener("pointerup", end);
  element.addEventListener("pointercancel", end);
  element.addEventListener("pointerleave", () => hovered(null));
  element.addEventListener("contextmenu", (event) => event.preventDefault());
  element.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 33 : 1;
    camera.zoom(Math.exp(Math.max(-240, Math.min(240, event.deltaY * lines)) * 0.0016));
    changed();
  }, { passive: false });
}
