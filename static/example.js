// Puts the example that stands below a field into it, for a person to change.
(function () {
  "use strict";
  for (const button of document.querySelectorAll("[data-example]")) {
    const field = document.getElementById(button.dataset.example);
    button.hidden = false;
    button.addEventListener("click", () => {
      field.value = button.closest(".example").querySelector("pre").textContent;
      field.focus();
    });
  }
})();
