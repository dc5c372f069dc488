// Draws the points that an operation gave, in the page's theme.
(function () {
  "use strict";
  const place = document.getElementById("result-plot");
  const figures = JSON.parse(document.getElementById("result-figure").textContent);
  const theme = () => (document.documentElement.dataset.bsTheme === "dark" ? "dark" : "light");
  // Labels are made for a wide screen; on a narrow one every second or third has room.
  function thin(axis) {
    const every = Math.ceil((axis.tickvals.length * 115) / Math.max(place.clientWidth - 80, 90));
    const dated = Math.max(axis.ticktext.findIndex((text) => text.includes("<br>")), 0);
    const kept = (_, at) => (at - dated) % every === 0;
    axis.tickvals = axis.tickvals.filter(kept);
    axis.ticktext = axis.ticktext.filter(kept);
  }
  function draw() {
    const figure = figures[theme()];
    thin(figure.layout.xaxis);
    Plotly.react(place, figure.data, figure.layout, { displayModeBar: false, responsive: true });
  }
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  draw();
})();
