// Live points on the chart: what the switch's polls bring is drawn after the archive's points until
// the archive has them too. A hidden tab does not poll; see app.js.
(function () {
  "use strict";
  const root = document.getElementById("chart");
  const plot = document.getElementById("plot");
  if (!root || !plot) return;
  const REFRESH = 60000; // the archive reads a series anew after a minute
  const MOST = 2000;
  const FEW = 300;
  const NARROW = ["PT1H", "P1D"];
  const heard = new Map();
  let drawn = null;
  let since = 0;

  root.addEventListener("tieline:drawn", function (event) {
    drawn = event.detail;
    if (drawn.series.filter(merge).length) drawn.answer.empty = false;
  });

  document.addEventListener("htmx:load", function (event) {
    const live = event.detail.elt;
    if (!(live instanceof Element) || !live.matches("[data-live]") || !drawn) return;
    if (!live.classList.contains("is-on")) return rest();
    if (!since) begin();
    const news = [...live.querySelectorAll("[data-live-key]")].filter(take);
    if (Date.now() - since > REFRESH) refresh();
    else if (news.length) show();
  });

  // A point a minute is not to be seen in a week: the chart goes to the last hour, and follows it.
  function begin() {
    since = Date.now();
    const hour = document.querySelector('[data-span="PT1H"]');
    if (hour && !NARROW.includes(drawn.answer.window.span)) hour.click();
  }

  function rest() {
    if (since) refresh();
    since = 0;
  }

  function refresh() {
    since = Date.now();
    if (drawn.answer.window.span) drawn.load();
  }

  function take(data) {
    const known = heard.get(data.dataset.liveKey) || new Map();
    const before = known.size;
    JSON.parse(data.dataset.livePoints).forEach(([at, value]) => known.set(at, value));
    const some = known.size !== before;
    while (known.size > MOST) known.delete(known.keys().next().value);
    heard.set(data.dataset.liveKey, known);
    return some;
  }

  // True when the series has points that the archive has not.
  function merge(one) {
    const base = one.base || (one.base = one.points);
    const last = base.x.length ? base.x[base.x.length - 1] : -Infinity;
    const known = [...(heard.get(one.key) || [])];
    const fresh = known.filter(([at]) => at > last && at >= drawn.answer.window.start).sort((a, b) => a[0] - b[0]);
    if (!fresh.length) return false;
    one.points = {
      x: Float64Array.from([...base.x, ...fresh.map(([at]) => at)]),
      y: Float64Array.from([...base.y, ...fresh.map(([, value]) => value)]),
    };
    if (one.points.x.length < FEW) one.trace.mode = "lines+markers";
    return true;
  }

  function show() {
    const shown = drawn.series.filter(merge);
    if (!shown.length) return;
    const { start, end, span } = drawn.answer.window;
    const newest = Math.max(...shown.map((one) => one.points.x[one.points.x.length - 1]));
    if (span && newest > end + (end - start)) return refresh(); // the chart stands in an older time
    document.getElementById("veil").hidden = true;
    if (span) plot.layout.xaxis.range = [start, Math.max(end, newest + (end - start) / 50)];
    drawn.redraw();
  }
})();
