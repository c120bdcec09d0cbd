"use strict";
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  let printing = false;

  function draw(figure) {
    const ink = dark.matches && !printing ? "dark" : "light";
    const made = JSON.parse(document.getElementById(`figure-${figure.dataset.chart}-${ink}`).textContent);
    const place = figure.querySelector(".chart");
    const layout = { ...made.layout, autosize: true, width: place.clientWidth };
    window.Plotly.react(place, made.data, layout, CONFIG_OF_CHARTS);
  }

  const drawAll = () => document.querySelectorAll("figure[data-chart]").forEach(draw);

  function sort(button) {
    const head = button.closest("th");
    const body = button.closest("table").tBodies[0];
    const rising = head.getAttribute("aria-sort") !== "ascending";
    const numeric = button.dataset.numeric === "yes";
    const key = (row) => {
      const cell = row.cells[head.cellIndex];
      return numeric ? (cell.dataset.key === undefined ? null : Number(cell.dataset.key)) : cell.textContent;
    };
    const compare = (one, two) => {
      const [a, b] = [key(one), key(two)];
      if (a === null || b === null) return (a === null) - (b === null);
      const order = numeric ? a - b : a.localeCompare(b, "en", { numeric: true });
      return rising ? order : -order;
    };
    const rows = [...body.rows].sort(compare);
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", rising ? "ascending" : "descending");
    body.append(...rows);
  }

  document.querySelectorAll(".sortable th button").forEach((button) => {
    button.addEventListener("click", () => sort(button));
  });
  window.addEventListener("beforeprint", () => {
    printing = true;
    document.querySelectorAll("details").forEach((one) => {
      one.dataset.before = one.open ? "open" : "";
      one.open = true;
    });
    drawAll();
  });
  window.addEventListener("afterprint", () => {
    printing = false;
    document.querySelectorAll("details").forEach((one) => { one.open = one.dataset.before === "open"; });
    drawAll();
  });
  let resized = 0;
  window.addEventListener("resize", () => {
    window.clearTimeout(resized);
    resized = window.setTimeout(drawAll, 150);
  });
  dark.addEventListener("change", drawAll);
  drawAll();
})();
