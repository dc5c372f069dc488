// Runs before the first paint, so that a dark page never flashes white.
(function () {
  "use strict";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return window.localStorage.getItem("tieline-theme") || "auto";
    } catch {
      return "auto"; // a browser that forbids storage follows the system
    }
  }

  function paint() {
    const theme = chosen() === "auto" ? (dark.matches ? "dark" : "light") : chosen();
    document.documentElement.setAttribute("data-bs-theme", theme);
    document.dispatchEvent(new CustomEvent("tieline:theme", { detail: theme }));
  }

  function mark() {
    document.querySelectorAll("[data-theme-choice]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosen()));
    });
  }

  paint();
  dark.addEventListener("change", paint);
  document.addEventListener("DOMContentLoaded", mark);
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    try {
      window.localStorage.setItem("tieline-theme", button.dataset.themeChoice);
    } catch {
      return;
    }
    paint();
    mark();
  });
})();
