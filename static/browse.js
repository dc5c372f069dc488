// The tree: a loaded branch folds instead of being asked for again; the bar counts what is ticked.
(function () {
  "use strict";

  function branchOf(twig) {
    return twig.closest(".twig").querySelector(":scope > .branch");
  }

  function open(twig, yes) {
    twig.setAttribute("aria-expanded", String(yes));
    branchOf(twig).hidden = !yes;
  }

  document.addEventListener("htmx:beforeRequest", function (event) {
    const twig = event.detail.elt.closest("[data-twig]");
    if (!twig || !("loaded" in branchOf(twig).dataset)) return;
    event.preventDefault();
    open(twig, branchOf(twig).hidden);
  });

  // Only a good answer counts as loaded: after an error the next click asks again.
  document.addEventListener("htmx:afterRequest", function (event) {
    const twig = event.detail.elt.closest("[data-twig]");
    if (!twig || event.detail.xhr.status === 0) return;
    if (event.detail.successful) branchOf(twig).dataset.loaded = "";
    open(twig, true);
  });

  // The right arrow opens and the left arrow folds, as in every tree.
  document.addEventListener("keydown", function (event) {
    const twig = event.target.closest && event.target.closest("[data-twig]");
    if (!twig || event.altKey || event.ctrlKey || event.metaKey) return;
    const expanded = twig.getAttribute("aria-expanded") === "true";
    if (event.key !== (expanded ? "ArrowLeft" : "ArrowRight")) return;
    event.preventDefault();
    twig.click();
  });

  const picker = document.querySelector("[data-picker]");
  if (!picker) return;
  const bar = picker.querySelector("[data-pick-bar]");

  function count() {
    const ticked = picker.querySelectorAll("input[name=series]:checked").length;
    bar.toggleAttribute("data-some", ticked > 0);
    bar.querySelector("[data-pick-count]").textContent = ticked + " series chosen";
    bar.querySelector("[data-pick-chart]").textContent = "Chart " + ticked + " series";
  }

  picker.addEventListener("change", count);
  picker.addEventListener("reset", () => window.setTimeout(count));
  window.addEventListener("pageshow", count);
  count();
})();
