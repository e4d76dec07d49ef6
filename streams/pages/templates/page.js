// Draws the plots and filters the gallery. The page says the same without it: tables, and all cards.
"use strict";

(() => {
  const PRINT_WIDTH_PX = 660;
  const places = [...document.querySelectorAll("[data-figure]")];

  function draw(place) {
    const figure = JSON.parse(document.getElementById(`figure-${place.dataset.figure}`).textContent);
    const options = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false, showTips: false };
    Plotly.newPlot(place, figure.data, figure.layout, options);
  }

  function filter(mark, buttons, cards, count) {
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.filter === mark));
    }
    for (const card of cards) {
      card.hidden = mark !== "" && !card.dataset.marks.split(" ").includes(mark);
    }
    const shown = cards.filter((card) => !card.hidden).length;
    count.textContent = `${shown} of ${cards.length} pairs shown`;
  }

  function offerFilters(group) {
    const buttons = [...group.querySelectorAll("button")];
    const cards = [...document.querySelectorAll(".card")];
    const count = document.querySelector(".count");
    for (const button of buttons) {
      button.addEventListener("click", () => filter(button.dataset.filter, buttons, cards, count));
    }
    group.hidden = false;
    filter("", buttons, cards, count);
  }

  places.forEach(draw);
  document.querySelectorAll(".filters").forEach(offerFilters);

  // On paper the page is narrower than on most screens, and a plot does not notice by itself.
  addEventListener("beforeprint", () => places.forEach((place) => Plotly.relayout(place, { width: Math.min(place.clientWidth, PRINT_WIDTH_PX) })));
  addEventListener("afterprint", () => places.forEach((place) => Plotly.relayout(place, { width: null, autosize: true })));
})();
