// Uploading: what is too big is said before a byte is sent, and how far it is while it is sent.
(function () {
  "use strict";

  function formOf(event) {
    return event.target.closest ? event.target.closest("[data-upload]") : null;
  }

  function megabytes(bytes) {
    return (bytes / 1e6).toLocaleString("en-GB", { maximumFractionDigits: 1 }) + " MB";
  }

  function faultOf(form) {
    const file = form.querySelector("input[type=file]").files[0];
    if (!file) return "Choose a file first.";
    const most = Number(form.dataset.most);
    if (file.size <= most) return "";
    return "The file has " + megabytes(file.size) + ", and at most " + megabytes(most) + " are taken here.";
  }

  function say(form, text) {
    const place = form.querySelector("[data-upload-says]");
    place.textContent = text;
    place.hidden = !text;
  }

  document.addEventListener("change", function (event) {
    const form = formOf(event);
    if (form) say(form, form.querySelector("input[type=file]").files[0] ? faultOf(form) : "");
  });

  document.addEventListener("htmx:beforeRequest", function (event) {
    const form = formOf(event);
    if (!form) return;
    const fault = faultOf(form);
    say(form, fault);
    if (fault) event.preventDefault();
    else form.querySelector("[data-upload-progress]").hidden = false;
  });

  document.addEventListener("htmx:xhr:progress", function (event) {
    const form = formOf(event);
    if (!form || !event.detail.lengthComputable) return;
    const share = event.detail.loaded / event.detail.total;
    form.querySelector("progress").value = share;
    form.querySelector("[data-upload-share]").textContent =
      share < 1 ? Math.floor(share * 100) + " %" : "stored in a moment";
  });

  document.addEventListener("htmx:sendError", function (event) {
    const form = formOf(event);
    if (!form) return;
    form.querySelector("[data-upload-progress]").hidden = true;
    say(form, "The upload broke off. Check your network and try again; nothing was kept.");
  });
})();
