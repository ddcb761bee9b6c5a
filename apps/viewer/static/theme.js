// Light or dark: as the system is, until somebody chooses.

const KEY = "squeezeseg-theme";

export class Theme {
  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    this.system = matchMedia("(prefers-color-scheme: light)");
    this.system.addEventListener("change", () => {
      this.around();
      changed();
    });
    this.around();
  }

  get dark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : !this.system.matches;
  }

  toggle() {
    const next = this.dark ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem(KEY, next);
    } catch { /* storage may be forbidden; the choice lasts as long as the page */ }
    this.around();
    this.changed();
  }

  /** The page around this one, if any, only knows the system's theme: shell.css turns it over where that is another. */
  around() {
    try {
      window.parent.document.documentElement.classList.toggle("turned", this.dark === this.system.matches);
    } catch { /* it is somebody else's */ }
  }

  /** A variable of theme.css. @param {string} name */
  colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  }

  /** @param {string} name @returns {number[]} red, green, blue of a variable that is written as #rrggbb or #rgb */
  rgb(name) {
    const hex = this.colour(name).slice(1), digits = hex.length === 3 ? [...hex].map((d) => d + d).join("") : hex;
    return [0, 2, 4].map((k) => parseInt(digits.slice(k, k + 2), 16));
  }
}
