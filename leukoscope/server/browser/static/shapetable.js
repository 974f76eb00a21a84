/** What was measured on a cell: each figure with a mark in a bar whose band is the reference range, and attributes. */

import { h, s } from "./dom.js";
import { t } from "./words.js";

const WIDE = 84;
let all = false;

/** A section that shows one cell after the other. */
export function makeShapeTable() {
  let shown = null;
  const says = h("p");
  const rows = h("tbody");
  const table = h("table", { class: "figures" }, rows);
  const more = h("button", { type: "button", class: "more", onclick: () => { all = !all; show(shown); } });
  const source = h("p", { class: "muted small" }, t("figures_told"));
  const read = h("p", { class: "muted small" }, t("read_off"));
  const attributes = h("tbody");
  const element = h("section", { class: "shape", "aria-label": t("shape") }, h("h3", {}, t("shape")), says, table, more, source,
    read, h("table", { class: "figures" }, attributes));

  function show(measured) {
    shown = measured;
    const { figures } = measured;
    says.textContent = figures.length ? measured.says : t("no_figures");
    says.classList.toggle("muted", !figures.length);
    for (const one of [table, more, source]) one.hidden = !figures.length;
    more.textContent = t(all ? "fewer_figures" : "all_figures");
    more.setAttribute("aria-expanded", String(all));
    table.setAttribute("aria-label", t("shape"));
    rows.replaceChildren(...figures.filter((one) => all || one.main).map((one) => h("tr", {},
      h("th", { scope: "row" }, one.title), h("td", { class: "figure" }, one.value),
      h("td", { class: "muted" }, one.level), h("td", { class: "range-cell" }, bar(one)))));
    read.hidden = !measured.attributes.length;
    attributes.replaceChildren(...measured.attributes.map((one) => h("tr", {},
      h("th", { scope: "row" }, one.name), h("td", { class: "figure" }, one.value))));
  }

  return { element, show };
}

/** A track with the reference range in its middle third, and a mark where the value lies: another one outside. */
function bar(one) {
  const place = 3 + (WIDE - 6) * one.position;
  const mark = one.level ? s("path", { d: `M${place - 5} 7 ${place} 1 ${place + 5} 7 ${place} 13Z`, class: "needle" })
    : s("rect", { x: place - 2.5, y: 1, width: 5, height: 12, rx: 2, class: "needle" });
  const drawn = s("svg", { viewBox: `0 0 ${WIDE} 14`, width: WIDE, height: 14, role: "img", "aria-label": one.line, class: "range" },
    s("rect", { x: 3, y: 5, width: WIDE - 6, height: 4, rx: 2, class: "rail" }),
    s("rect", { x: 3 + (WIDE - 6) / 3, y: 4, width: (WIDE - 6) / 3, height: 6, class: "band" }), mark);
  const told = s("title", {});
  told.textContent = one.line;
  drawn.append(told);
  return drawn;
}
