// Draws the charts of the data pages, from the numbers that stand in the page.
"use strict";
(() => {
  const colors = ["--accent", "--warn", "--bad"];
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const bars = (which, of) => (u, from, to) => {
    const values = u.data[which + 1], context = u.ctx;
    context.save();
    context.fillStyle = color(colors[which % colors.length]);
    const step = u.bbox.width / Math.max(1, u.scales.x.max - u.scales.x.min);
    const width = Math.max(1, (step * .8) / of);
    const floor = u.valToPos(0, "y", true);
    for (let i = from; i <= to; i++) {
      if (values[i] == null) continue;
      const left = u.valToPos(i, "x", true) - step * .4 + which * width;
      const top = u.valToPos(values[i], "y", true);
      context.fillRect(left, top, Math.max(1, width - 1), floor - top);
    }
    context.restore();
    return null;
  };
  const draw = (figure) => {
    const told = JSON.parse(figure.dataset.chart), names = JSON.parse(figure.dataset.names);
    const places = told.labels.map((_, i) => i), isBars = told.form === "bars";
    const label = (text) => (text.length > 14 ? text.slice(0, 13) + "…" : text);
    figure.replaceChildren();
    const axis = { stroke: color("--soft"), grid: { stroke: color("--line"), width: 1 }, ticks: { stroke: color("--line") } };
    new uPlot({
      width: figure.clientWidth, height: 340,
      scales: {
        x: { time: false, range: () => isBars ? [-.6, places.length - .4] : [0, Math.max(1, places.length - 1)] },
        y: { range: (u, low, high) => [0, Math.max(1, high * 1.08)] },
      },
      legend: { show: true },
      axes: [
        { ...axis, space: 110, incrs: [1, 2, 3, 6, 12, 24, 48], values: (u, ticks) => ticks.map((i) => (Number.isInteger(i) && told.labels[i] !== undefined ? label(told.labels[i]) : "")) },
        { ...axis, size: 64 },
      ],
      series: [
        { label: figure.dataset.over || "", value: (u, i) => told.labels[i] ?? "" },
        ...told.series.map((one, i) => ({
          label: names[one.name] || one.name, stroke: color(colors[i % colors.length]), width: 2,
          ...(isBars ? { paths: (u, s, from, to) => bars(i, told.series.length)(u, from, to), points: { show: false }, fill: color(colors[i % colors.length]) } : { points: { show: false } }),
        })),
      ],
    }, [places, ...told.series.map((one) => one.values)], figure);
  };
  const all = () => document.querySelectorAll("figure[data-chart]").forEach(draw);
  const copies = () => {
    if (!navigator.clipboard) return;
    for (const button of document.querySelectorAll("button[data-copies]")) {
      button.hidden = false;
      button.onclick = async () => {
        await navigator.clipboard.writeText(document.querySelector(button.dataset.copies).textContent);
        button.textContent = button.dataset.done;
      };
    }
  };
  all(); copies();
  document.addEventListener("htmx:after:swap", () => { all(); copies(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
  let waits;
  addEventListener("resize", () => { clearTimeout(waits); waits = setTimeout(all, 150); });
})();
