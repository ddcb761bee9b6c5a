// The keyboard. Every key is listed by `?`.

import { byId, element } from "./panel.js";

/** @typedef {[keys: string, what: string, action: (event: KeyboardEvent) => void]} Binding */

/** @param {Binding[]} bindings  keys as KeyboardEvent.key has them, several divided by blanks; 'space' is the space */
export function attachKeys(bindings) {
  /** @type {Map<string, Binding[2]>} */
  const actions = new Map();
  for (const [keys, , action] of bindings) for (const key of keys.split(" ")) actions.set(key === "space" ? " " : key, action);
  const names = { ArrowLeft: "←", ArrowRight: "→", PageUp: "page ↑", PageDown: "page ↓" };
  byId("key-list").replaceChildren(...bindings.flatMap(([keys, what]) => {
    const shown = keys.split(" ").filter((key) => key.length > 1 || key === key.toLowerCase());
    const caps = shown.map((key) => element("kbd", {}, /** @type {any} */ (names)[key] ?? key));
    return [element("span", {}, ...caps.flatMap((cap, k) => (k ? [" ", cap] : [cap]))), element("span", {}, what)];
  }));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /** @type {HTMLDialogElement} */ (byId("keys")).open) return;
    const on = event.target instanceof HTMLElement ? event.target : document.body;
    const typing = on.matches("select, input[type=range]");
    const pressing = event.key === " " && on.matches("button, input");
    const action = actions.get(event.key);
    if (!action || typing || pressing) return;
    event.preventDefault();
    action(event);
  });
}
