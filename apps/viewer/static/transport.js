// Transport: the buttons that go through the frames, and where one is.

import { byId, element } from "./panel.js";

/** @param {import("./player.js").Player} player @param {string[]} names  of the frames */
export function showPlace(player, names) {
  const { playing, wanted, count } = player, slider = byId("timeline");
  byId("play-icon").setAttribute("href", playing ? "#i-pause" : "#i-play");
  byId("play").setAttribute("aria-pressed", String(playing));
  byId("play").setAttribute("aria-label", playing ? "Pause" : "Play");
  byId("place").replaceChildren(element("b", {}, String(wanted + 1)), ` / ${count}`);
  slider.setAttribute("aria-valuemax", String(count));
  slider.setAttribute("aria-valuenow", String(wanted + 1));
  slider.setAttribute("aria-valuetext", names[wanted] ?? "");
  for (const id of ["play", "previous", "next"]) byId(id).toggleAttribute("disabled", count < 2);
}
