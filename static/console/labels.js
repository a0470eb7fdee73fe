/* Give every value of a list the heading of its column, as data-label: on a narrow screen, where rows become cards,
   console.css shows it. */
"use strict";
(() => {
  const table = document.getElementById("result_list");
  if (!table) return;
  const headings = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  for (const row of table.tBodies[0].rows) {
    for (const cell of row.querySelectorAll("td:not(.action-checkbox)")) cell.dataset.label = headings[cell.cellIndex];
  }
})();
