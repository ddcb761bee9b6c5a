// Before the first paint, so that nobody sees the other theme flash by.
(() => {
  let chosen = null;
  try { chosen = localStorage.getItem("squeezeseg-theme"); } catch { /* storage may be forbidden */ }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  if (window.parent !== window) document.documentElement.classList.add("framed");
})();
