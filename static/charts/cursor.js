// The moving line with the values at it: by mouse, and by keyboard with the words spoken.
const TielineCursor = (function () {
  "use strict";
  const { local, number, nearest, step } = TielinePoints;

  function element(tag, name, text) {
    const made = document.createElement(tag);
    made.className = name;
    if (text) made.textContent = text; // a platform's name is text, whatever it holds
    return made;
  }

  return function (plot, line, tip, spoken, shown) {
    let series = 0;
    let place = -1;

    function hide() {
      line.hidden = tip.hidden = true;
    }

    function pixel(at) {
      const axis = plot._fullLayout.xaxis;
      const [start, end] = axis.range.map((edge) => axis.r2l(edge));
      return axis._offset + ((at - start) / (end - start)) * axis._length;
    }

    function instant(left) {
      const axis = plot._fullLayout.xaxis;
      const [start, end] = axis.range.map((edge) => axis.r2l(edge));
      return start + ((left - axis._offset) / axis._length) * (end - start);
    }

    function row(one, index) {
      const made = element("div", "tip-row");
      const swatch = element("span", "swatch");
      swatch.style.backgroundColor = one.colour;
      const unit = one.unit ? " " + one.unit : "";
      made.append(swatch, element("span", "tip-name", one.label));
      made.append(element("strong", "tip-value", number(one.points.y[index]) + unit));
      return made;
    }

    function show(at) {
      const there = shown.series().map((one) => [one, nearest(one.points, at)]);
      const rows = there.filter(([, index]) => index >= 0);
      if (!rows.length) return hide();
      const closest = rows.map(([one, index]) => one.points.x[index]);
      const moment = closest.reduce((a, b) => (Math.abs(b - at) < Math.abs(a - at) ? b : a));
      const here = rows.filter(([one, index]) => Math.abs(one.points.x[index] - moment) <= shown.reach());
      tip.replaceChildren(element("div", "tip-time", local(shown.offsets(), moment)));
      here.forEach(([one, index]) => tip.append(row(one, index)));
      put(moment);
    }

    function put(moment) {
      const left = pixel(moment);
      const size = plot._fullLayout._size;
      line.hidden = tip.hidden = false;
      line.style.left = left + "px";
      line.style.top = plot.offsetTop + size.t + "px";
      line.style.height = size.h + "px";
      const beyond = left + tip.offsetWidth + 24 > plot.clientWidth;
      tip.style.left = Math.max(4, beyond ? left - tip.offsetWidth - 12 : left + 12) + "px";
      tip.style.top = plot.offsetTop + size.t + 8 + "px";
    }

    function say(one) {
      const unit = one.unit ? " " + one.unit : "";
      const when = local(shown.offsets(), one.points.x[place]);
      spoken.textContent = one.label + ": " + number(one.points.y[place]) + unit + ", " + when;
    }

    function move(one, from, way, times) {
      for (let i = 0; i < times; i++) {
        const next = step(one.points, from, way);
        if (next < 0) break;
        from = next;
      }
      return from;
    }

    const keys = {
      ArrowLeft: (one, many) => move(one, place < 0 ? one.points.x.length : place, -1, many),
      ArrowRight: (one, many) => move(one, place, 1, many),
      Home: (one) => move(one, -1, 1, 1),
      End: (one) => move(one, one.points.x.length, -1, 1),
      ArrowUp: () => other(-1),
      ArrowDown: () => other(1),
    };

    function other(way) {
      const all = shown.series();
      const at = all[series] && place >= 0 ? all[series].points.x[place] : 0;
      series = (series + way + all.length) % all.length;
      return nearest(all[series].points, at);
    }

    plot.addEventListener("keydown", function (event) {
      if (event.key === "Escape") return hide();
      const all = shown.series();
      if (!keys[event.key] || !all.length || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      series = Math.min(series, all.length - 1);
      place = keys[event.key](all[series], event.shiftKey ? 10 : 1);
      const one = shown.series()[series];
      if (place < 0 || place >= one.points.x.length || Number.isNaN(one.points.y[place])) return;
      show(one.points.x[place]);
      say(one);
    });
    plot.addEventListener("blur", hide);

    return {
      hover: (event) => show(instant(event.event.clientX - plot.getBoundingClientRect().left)),
      hide,
      forget: function () {
        place = -1;
        hide();
      },
    };
  };
})();
