// What every page does: progress at the top, no polling behind a hidden tab, small comforts.
(function () {
  "use strict";
  let running = 0;

  function progress(change) {
    running = Math.max(0, running + change);
    document.documentElement.classList.toggle("is-loading", running > 0);
  }

  function polls(element) {
    return (element.getAttribute("hx-trigger") || "").includes("every ");
  }

  // A hidden tab asks nothing; the next tick after it is shown again does.
  document.addEventListener("htmx:beforeRequest", function (event) {
    if (document.hidden && polls(event.detail.elt)) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSend", function (event) {
    if (!polls(event.detail.elt)) progress(1);
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    if (!polls(event.detail.elt)) progress(-1);
  });
  document.addEventListener("htmx:sendError", function (event) {
    if (!polls(event.detail.elt)) say("Tieline did not answer. Check your network and try again.");
  });

  function say(text) {
    const box = document.getElementById("said");
    if (box) box.textContent = text;
    if (box) box.hidden = false;
  }

  // <select data-submit>: choosing sends the form; its button stays for those without script.
  document.addEventListener("change", function (event) {
    const control = event.target.closest("[data-submit]");
    if (control && control.form) control.form.requestSubmit();
  });

  // <button data-copy="#id">: the text of that element goes to the clipboard.
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-copy]");
    if (!button || !navigator.clipboard) return;
    const source = document.querySelector(button.dataset.copy);
    if (!source) return;
    navigator.clipboard.writeText(source.textContent.trim()).then(function () {
      button.classList.add("is-done");
      window.setTimeout(() => button.classList.remove("is-done"), 1500);
    });
  });

  // What was typed into a search before the scripts came is asked for once they are there.
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("input[type=search][hx-get]").forEach(function (search) {
      if (search.value !== search.defaultValue) window.htmx.trigger(search, "search");
    });
  });

  // A form that was sent cannot be sent twice by an impatient finger.
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (event.defaultPrevented || form.hasAttribute("hx-post") || form.method !== "post") return;
    window.setTimeout(function () {
      form.querySelectorAll("button[type=submit]").forEach((button) => (button.disabled = true));
    });
  });
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    document.querySelectorAll("button[type=submit]:disabled").forEach((b) => (b.disabled = false));
  });
})();
