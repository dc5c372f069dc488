// The explorer: fetches what its address says at the width of the screen, draws it, and asks again
// while series are still being read. Every view is an address; the server keeps nothing of it.
(function () {
  "use strict";
  const root = document.getElementById("chart");
  const find = (id) => document.getElementById(id);
  const plot = find("plot");
  if (!root || !plot) return;
  const { read, clipped } = TielinePoints;
  const first = new URLSearchParams(root.dataset.address);
  const config = { displayModeBar: false, doubleClick: false, showTips: false, responsive: false };
  const EARLIEST = Date.UTC(1900, 0, 1);
  const LATEST = Date.UTC(2200, 0, 1) - 1;
  const LONGEST_PAUSE = 8000;

  let address = new URLSearchParams(first);
  let answer = null;
  let series = [];
  let asking = null;
  let timer = null;
  let pause = 0;
  let drag = matchMedia("(pointer: coarse)").matches ? "pan" : "zoom";
  let drawnAt = 0;
  const off = new Set();

  const cursor = TielineCursor(plot, find("cursor"), find("tip"), find("spoken"), {
    series: () => series.filter((one) => !off.has(one.key) && one.points.x.length),
    offsets: () => answer.offsets,
    reach: () => ((answer.window.end - answer.window.start) / plot.clientWidth) * 12,
  });

  // ── asking ──────────────────────────────────────────────────────────────
  async function load(extra) {
    const quiet = Boolean(extra && extra.poll);
    window.clearTimeout(timer);
    if (asking) asking.abort();
    const mine = (asking = new AbortController());
    const asked = new URLSearchParams(quiet ? answer.pinned : address);
    asked.set("width", String(Math.round(plot.clientWidth) || 1000));
    asked.set("theme", document.documentElement.getAttribute("data-bs-theme") || "light");
    Object.entries(extra || {}).forEach(([name, value]) => asked.set(name, value));
    if (!quiet) wait();
    try {
      const got = await fetch(root.dataset.data + "?" + asked, { signal: mine.signal, credentials: "same-origin" });
      if (mine.signal.aborted) return;
      await settle(got, quiet);
    } catch (fault) {
      if (fault.name === "AbortError") return;
      if (quiet) again(pause * 2);
      else trouble("Tieline did not answer. Check your network and try again.");
    }
  }

  async function settle(got, quiet) {
    const kind = got.headers.get("Content-Type") || "";
    if (!kind.includes("json")) {
      trouble(got.redirected ? "You were signed out. Sign in and open this page again." : "Tieline could not draw this. Try again; if it stays so, tell whoever runs Tieline.");
      return;
    }
    const body = await got.json();
    if (body.errors) refuse(body.errors);
    else draw(body, quiet);
  }

  function again(milliseconds) {
    window.clearTimeout(timer);
    pause = Math.min(Math.max(milliseconds, 1000), LONGEST_PAUSE);
    timer = window.setTimeout(() => document.hidden || load({ poll: "1" }), pause);
  }

  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && answer && answer.poll) load({ poll: "1" });
  });

  // ── drawing ─────────────────────────────────────────────────────────────
  function draw(body, quiet) {
    const before = new Map(series.map((one) => [one.key, one]));
    const reading = answer && answer.poll;
    answer = body;
    series = body.series.map((one) => understood(one, quiet ? before.get(one.key) : null));
    root.dispatchEvent(new CustomEvent("tieline:drawn", { detail: { series, answer, redraw, load } }));
    const traces = series.flatMap(lines);
    body.layout.dragmode = drag;
    body.layout.width = plot.clientWidth;
    body.layout.height = plot.clientHeight;
    if (!quiet) cursor.forget();
    Plotly.react(plot, traces, body.layout, config).then(listen);
    drawnAt = plot.clientWidth;
    say(body);
    if (!quiet) follow(body);
    schedule(body, quiet);
    if (!quiet || (reading && !body.poll)) panel();
  }

  // While a fill goes on only the archive is asked; the platform's buckets drawn before stay where
  // nothing is read yet.
  function understood(one, before) {
    one.points = read(one.trace);
    one.shadow = one.estimate ? read(one.estimate) : null;
    if (!one.estimate && before && before.shadow && one.unread.length) {
      one.estimate = before.estimate;
      one.shadow = clipped(before.shadow, one.unread);
    }
    return one;
  }

  function lines(one) {
    const visible = !off.has(one.key);
    const drawn = [{ ...one.trace, ...one.points, visible }];
    if (one.shadow) drawn.unshift({ ...one.estimate, ...one.shadow, visible });
    return drawn.map(({ times, values, ...rest }) => rest);
  }

  function schedule(body, quiet) {
    window.clearTimeout(timer);
    if (body.poll) return again(quiet && pause ? pause * 1.3 : body.poll * 1000);
    pause = 0;
    const left = series.some((one) => one.unread.length && one.state !== "failed");
    if (quiet && left) load();
  }

  function say(body) {
    find("summary").textContent = body.summary;
    find("shown-window").textContent = body.window.words;
    find("note").textContent = body.note;
    if (body.empty) veil("No points in this window. Choose another one, or zoom out.", null, "calm");
    else if (series.length && series.every((one) => one.state === "failed" && !one.raw)) veil("None of these series can be drawn just now. Beside each stands why.", { again: "1" });
    else if (body.poll && !series.some((one) => one.points.x.length || one.shadow)) veil("Nothing is read yet. It is drawn as it comes; beside each series stands how far it is.", null, "calm");
    else find("veil").hidden = true;
    series.forEach(mark);
  }

  function mark(one) {
    const item = [...document.querySelectorAll(".legend-item")].find((li) => li.dataset.key === one.key);
    if (!item) return;
    item.dataset.state = one.state;
    item.querySelector(".swatch").style.backgroundColor = one.colour;
    const state = item.querySelector(".legend-state");
    state.replaceChildren();
    if (one.state === "failed") {
      state.append(text("span", one.words + (one.whose ? " This lies with " + one.whose + "." : "")), retry());
    } else if (one.words) {
      const meter = document.createElement("progress");
      meter.className = "meter";
      meter.max = 1;
      meter.value = one.progress;
      meter.setAttribute("aria-label", "Read so far");
      state.append(meter, text("span", one.words));
    }
  }

  function retry() {
    const button = text("button", "Try again");
    button.type = "button";
    button.className = "btn btn-sm";
    button.addEventListener("click", () => load({ again: "1" }));
    return button;
  }

  function text(tag, words) {
    const made = document.createElement(tag);
    made.textContent = words;
    return made;
  }

  let listening = false;
  function listen() {
    if (listening) return;
    listening = true;
    plot.on("plotly_hover", cursor.hover);
    plot.on("plotly_unhover", cursor.hide);
    plot.on("plotly_doubleclick", () => go(new URLSearchParams(first)));
    plot.on("plotly_relayout", function (change) {
      const range = change["xaxis.range"] || [change["xaxis.range[0]"], change["xaxis.range[1]"]];
      if (range[0] !== undefined) between(instant(range[0]), instant(range[1]));
    });
  }

  // Plotly gives "2025-03-01 12:00:00.5" and means UTC.
  function instant(edge) {
    if (typeof edge === "number") return edge;
    const [day, clock] = String(edge).split(" ");
    const [whole, part] = (clock || "00:00:00").split(".");
    const [hour, minute, second] = (whole + ":00:00").split(":");
    const base = Date.parse(day + "T" + hour + ":" + minute + ":" + second + "Z");
    return base + (part ? Number("0." + part) * 1000 : 0);
  }

  // ── states over the plot ────────────────────────────────────────────────
  function wait() {
    const found = find("veil");
    found.className = "veil" + (answer ? " is-light" : "");
    if (!answer) return;
    found.replaceChildren();
    found.hidden = false;
  }

  const trouble = (words) => veil(words, {});

  function veil(words, action, tone) {
    const found = find("veil");
    const box = text("span", "");
    box.className = "veil-words is-" + (tone || "bad");
    box.append(text("span", words));
    if (action) {
      const button = text("button", "Try again");
      button.type = "button";
      button.className = "btn btn-sm";
      button.addEventListener("click", () => load(action));
      box.append(button);
    }
    found.className = "veil";
    found.replaceChildren(box);
    found.hidden = false;
  }

  function refuse(errors) {
    ["start", "end", "zone"].forEach(function (name) {
      const said = (errors[name] || []).join(" ");
      find(name + "-error").textContent = said;
      find(name).classList.toggle("is-invalid", Boolean(said));
    });
    const beside = errors.start || errors.end || errors.zone;
    if (!Object.keys(errors).length) return;
    if (beside && answer) find("veil").hidden = true;
    else veil(Object.values(errors).flat().join(" "), null);
  }

  // ── the address and all that follows it ─────────────────────────────────
  // What somebody is typing stays until they show it, or move the chart some other way.
  const typed = new Set();

  function go(next) {
    typed.clear();
    address = next;
    load();
  }

  function between(start, end) {
    const next = new URLSearchParams(address);
    next.delete("span");
    const grain = end - start > 7200000 ? 60000 : 1000; // whole minutes, or whole seconds
    const from = Math.max(Math.floor(start / grain) * grain, EARLIEST);
    const to = Math.min(Math.max(Math.ceil(end / grain) * grain, from + 1000), LATEST);
    next.set("start", stamp(from));
    next.set("end", stamp(to));
    go(next);
  }

  function stamp(at) {
    return new Date(Math.round(at)).toISOString().replace(".000Z", "Z");
  }

  function follow(body) {
    address = new URLSearchParams(body.address);
    window.history.replaceState(null, "", "?" + body.address);
    refuse({});
    const told = { start: body.window.from, end: body.window.to, zone: body.window.zone };
    for (const name in told) if (!typed.has(name)) find(name).value = told[name];
    document.querySelectorAll("[data-span]").forEach(function (link) {
      const chosen = link.dataset.span === body.window.span;
      link.classList.toggle("active", chosen);
      link.toggleAttribute("aria-current", chosen);
    });
    document.querySelectorAll("[data-view]").forEach((link) => (link.href = link.dataset.view + "?" + body.pinned));
    document.querySelectorAll("[data-drop]").forEach((link) => (link.href = "?" + without(link)));
    document.querySelectorAll("form[data-keeps]").forEach(keep);
  }

  function without(link) {
    const next = new URLSearchParams(address);
    const gone = link.closest("[data-key]").dataset.key;
    const left = next.getAll("series").filter((key) => key !== gone);
    next.delete("series");
    left.forEach((key) => next.append("series", key));
    return next;
  }

  function keep(form) {
    form.querySelectorAll("[data-kept]").forEach((input) => input.remove());
    for (const [name, value] of address) {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value });
      input.setAttribute("data-kept", "");
      form.append(input);
    }
  }

  function panel() {
    const tab = document.querySelector("[data-tab][aria-current]");
    if (!tab || !window.htmx) return;
    const url = tab.dataset.view + "?" + answer.pinned + "&width=" + Math.round(plot.clientWidth);
    window.htmx.ajax("GET", url, { target: "#panel", swap: "innerHTML" });
  }

  // ── controls ────────────────────────────────────────────────────────────
  const moves = {
    back: (start, width) => [start - width / 2, start + width / 2],
    forward: (start, width) => [start + width / 2, start + width * 1.5],
    in: (start, width) => [start + width / 4, start + (width * 3) / 4],
    out: (start, width) => [start - width / 2, start + width * 1.5],
  };

  document.addEventListener("click", function (event) {
    const tool = event.target.closest("[data-do]");
    if (tool) return act(tool);
    const preset = event.target.closest("[data-span]");
    if (preset) return span(event, preset);
    const tab = event.target.closest("[data-tab]");
    if (tab) return turn(event, tab);
    const picture = event.target.closest("[data-picture]");
    if (picture && answer) return save(picture.dataset.picture);
    const toggle = event.target.closest(".legend-show");
    if (toggle) show(toggle);
  });

  function act(tool) {
    if (tool.dataset.do === "reset") return go(new URLSearchParams(first));
    if (tool.dataset.do === "drag") return turnDrag(tool);
    if (!answer) return;
    const { start, end } = answer.window;
    between(...moves[tool.dataset.do](start, end - start));
  }

  function turnDrag(tool) {
    drag = drag === "zoom" ? "pan" : "zoom";
    tool.setAttribute("aria-pressed", String(drag === "pan"));
    if (answer) Plotly.relayout(plot, { dragmode: drag });
  }

  function span(event, preset) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const next = new URLSearchParams(address);
    next.delete("start");
    next.delete("end");
    next.set("span", preset.dataset.span);
    go(next);
  }

  function turn(event, tab) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !window.htmx || !answer) return;
    event.preventDefault();
    document.querySelectorAll("[data-tab]").forEach((one) => one.toggleAttribute("aria-current", one === tab));
    panel();
  }

  function show(toggle) {
    const key = toggle.closest("[data-key]").dataset.key;
    if (!off.delete(key)) off.add(key);
    toggle.setAttribute("aria-pressed", String(!off.has(key)));
    if (answer) redraw();
  }

  const redraw = () => Plotly.react(plot, series.flatMap(lines), { ...plot.layout }, config);

  find("window").addEventListener("submit", function (event) {
    event.preventDefault();
    const next = new URLSearchParams(address);
    ["start", "end", "zone"].forEach((name) => next.set(name, find(name).value));
    next.delete("span");
    const same = answer && find("start").value === answer.window.from && find("end").value === answer.window.to;
    go(same ? zoned(find("zone").value) : next);
  });

  find("window").addEventListener("input", (event) => typed.add(event.target.name));
  find("zone").addEventListener("change", function () {
    if (!typed.has("start") && !typed.has("end")) go(zoned(find("zone").value));
  });

  function zoned(zone) {
    const next = new URLSearchParams(address);
    next.set("zone", zone);
    return next;
  }

  async function save(format) {
    const paper = getComputedStyle(root).backgroundColor;
    const named = { showlegend: true, paper_bgcolor: paper, plot_bgcolor: paper };
    const layout = { ...plot.layout, ...named, margin: { ...plot.layout.margin, t: 48 } };
    const size = { width: plot.clientWidth, height: plot.clientHeight + 36 };
    const data = await Plotly.toImage({ data: plot.data, layout }, { format, scale: 2, ...size });
    const link = document.createElement("a");
    link.href = data;
    link.download = "tieline." + format;
    link.click();
  }

  document.addEventListener("tieline:theme", () => load());
  let resized = null;
  window.addEventListener("resize", function () {
    window.clearTimeout(resized);
    resized = window.setTimeout(function () {
      if (Math.abs(plot.clientWidth - drawnAt) > 8) load();
    }, 250);
  });

  load();
})();
