// Filters the rows of a page. It reads data- attributes and sets `hidden`, `open` and text: it makes
// no markup of anything.
"use strict";
(() => {
  const bar = document.querySelector(".filter");
  if (!bar) return;
  const buttons = [...bar.querySelectorAll("button[data-shows]")];
  const search = bar.querySelector("input");
  const said = bar.querySelector("output");
  const rows = [...document.querySelectorAll("[data-bucket]")];
  const sections = [...document.querySelectorAll("[data-section]")];
  const folded = [...document.querySelectorAll("details[data-fold]")];
  const opened = folded.map((one) => one.open);
  const shown = () => new Set(buttons.filter((b) => b.getAttribute("aria-pressed") === "true")
    .map((b) => b.dataset.shows));
  function apply() {
    const buckets = shown();
    const text = search.value.trim().toLowerCase();
    let count = 0;
    for (const row of rows) {
      const fits = (!buttons.length || buckets.has(row.dataset.bucket))
        && (!text || row.dataset.file.toLowerCase().includes(text));
      row.hidden = !fits;
      count += fits;
    }
    for (const section of sections) {
      section.hidden = !section.querySelector("[data-bucket]:not([hidden])");
    }
    const narrowed = text || buckets.size < buttons.length;
    folded.forEach((one, n) => { one.open = narrowed ? true : opened[n]; });
    said.textContent = `${count} of ${rows.length} shown`;
  }
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") === "true";
      button.setAttribute("aria-pressed", String(!on));
      apply();
    });
  }
  search.addEventListener("input", apply);
  bar.hidden = false;
  apply();
})();
