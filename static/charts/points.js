// The points of an answer as arrays that Plotly draws, and times in the zone of the chart.
const TielinePoints = (function () {
  "use strict";
  const KINDS = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, f4: Float32Array, f8: Float64Array };
  const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

  function typed(packed) {
    const bytes = Uint8Array.from(atob(packed.bdata), (letter) => letter.charCodeAt(0));
    return new KINDS[packed.dtype](bytes.buffer);
  }

  // Instants in milliseconds: x0, then steps of dx (each one, or as many as the array says).
  function times(packed) {
    const found = new Float64Array(packed.n);
    const steps = packed.bdata ? typed(packed) : null;
    let at = 0;
    for (let i = 0; i < packed.n; i++) {
      found[i] = packed.x0 + at * packed.dx;
      at += steps ? steps[i] : 1;
    }
    return found;
  }

  // Numbers, NaN at a gap: (number + low) / 10^decimals, where 0 of whole numbers is the gap.
  function values(packed) {
    if (!packed.dtype) return new Float64Array(packed.n).fill(NaN);
    const raw = typed(packed);
    const whole = "decimals" in packed;
    const low = packed.low || 0;
    const scale = whole ? 10 ** packed.decimals : 1;
    return Float64Array.from(raw, (one) => (whole && one === 0 ? NaN : (one + low) / scale));
  }

  // The points inside the windows only: what a platform's buckets still stand in for.
  function clipped(points, windows) {
    const inside = (at) => windows.some(([start, end]) => at >= start && at < end);
    const y = points.y.map((value, i) => (inside(points.x[i]) ? value : NaN));
    return { x: points.x, y };
  }

  function offset(offsets, at) {
    let minutes = offsets[0][1];
    for (const [from, later] of offsets) if (at >= from) minutes = later;
    return minutes;
  }

  const two = (number) => String(number).padStart(2, "0");

  // "Sun 30 Mar 2025 03:00 +02:00"
  function local(offsets, at) {
    const minutes = offset(offsets, at);
    const moment = new Date(at + minutes * 60000);
    const around = Math.abs(Math.round(minutes));
    let clock = two(moment.getUTCHours()) + ":" + two(moment.getUTCMinutes());
    if (moment.getUTCSeconds() || moment.getUTCMilliseconds()) clock += ":" + two(moment.getUTCSeconds());
    if (moment.getUTCMilliseconds()) clock += "." + String(moment.getUTCMilliseconds()).padStart(3, "0");
    const day = DAYS[moment.getUTCDay()] + " " + moment.getUTCDate() + " " + MONTHS[moment.getUTCMonth()];
    const shift = (minutes < 0 ? "-" : "+") + two(Math.floor(around / 60)) + ":" + two(around % 60);
    return day + " " + moment.getUTCFullYear() + " " + clock + " " + shift;
  }

  // Thousands apart; twelve digits, so that no binary dust of a division shows.
  function number(value) {
    const text = String(Math.abs(value) < 1e15 ? Number(value.toPrecision(12)) : value);
    if (text.includes("e")) return text;
    const [whole, part] = text.split(".");
    const spaced = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
    return part ? spaced + "." + part : spaced;
  }

  // The index of the point nearest to an instant that has a value; -1: there is none.
  function nearest(points, at) {
    let low = 0;
    let high = points.x.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (points.x[middle] < at) low = middle + 1;
      else high = middle;
    }
    const left = step(points, low, -1);
    const right = step(points, low - 1, 1);
    if (left < 0 || right < 0) return Math.max(left, right);
    return at - points.x[left] <= points.x[right] - at ? left : right;
  }

  // The next index with a value in a direction; -1: there is none.
  function step(points, from, way) {
    for (let at = from + way; at >= 0 && at < points.x.length; at += way) {
      if (!Number.isNaN(points.y[at])) return at;
    }
    return -1;
  }

  function read(trace) {
    return { x: times(trace.times), y: values(trace.values) };
  }

  return { read, clipped, local, number, nearest, step };
})();
