/** The list of cases: searched, of a state, sorted by its heads, a page at a time. */

import { call } from "./calls.js";
import { h, shape, tell } from "./dom.js";
import { t, when } from "./words.js";

const PAGE = 25;
const COLUMNS = [
  ["case", "number"], ["patient", "patient"], ["specimen_stain", "specimen"], ["images", "frames"], ["cells", "cells"],
  ["shares", ""], ["changed", "changed"], ["priority", "priority"], ["state", "state"],
];
const STATES = ["open", "reviewed", "signed", "amended"];
/** What was asked for last: it is the same when a person comes back from a case. */
const asked = { search: "", state: "", order: "changed", descending: true, start: 0 };

/**
 * Show it.
 * @param {HTMLElement} main
 * @returns {Promise<() => void>} Called when it is left.
 */
export async function showWorklist(main) {
  main.className = "worklist";
  document.title = `${t("worklist")} – LeukoScope`;
  const body = h("tbody");
  const heads = h("tr");
  const pages = h("nav", { class: "pages", "aria-label": t("patient_search") });
  const nothing = h("p", { class: "muted nothing", hidden: true }, t("no_case"));
  let waiting = 0;
  let number = 0;

  async function read() {
    const mine = (number += 1);
    const query = new URLSearchParams({
      search: asked.search, order: asked.order, descending: asked.descending, start: asked.start, count: PAGE,
    });
    if (asked.state) query.set("state", asked.state);
    const { data } = await call("GET", `/api/v1/cases?${query}`);
    if (mine !== number) return;
    // Who has gone on into the list while it was read keeps the keyboard where it was.
    const had = body.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    body.replaceChildren(...data.cases.map(row));
    if (had) (body.querySelector(`a[href="${had}"]`) ?? search).focus();
    nothing.hidden = data.cases.length > 0;
    drawHeads();
    drawPages(data);
    tell(data.cases.length ? t("cases_from_to", asked.start + 1, asked.start + data.cases.length) : t("no_case"));
  }

  function ask(change) {
    Object.assign(asked, { start: 0 }, change);
    return read();
  }

  function drawHeads() {
    heads.replaceChildren(...COLUMNS.map(([key, order]) => {
      const by = order && order === asked.order;
      const sort = by ? (asked.descending ? "descending" : "ascending") : null;
      const again = () => ask({ order, descending: by ? !asked.descending : order === "changed" })
        .then(() => heads.querySelector(`[data-order="${order}"]`)?.focus());
      return h("th", { scope: "col", class: `c-${key}`, "aria-sort": sort },
        order ? h("button", { type: "button", class: "head", "data-order": order, onclick: again }, t(key)) : t(key));
    }));
  }

  function drawPages(data) {
    const turn = (start) => () => ask({ start }).then(() => pages.querySelector("button:enabled")?.focus());
    pages.replaceChildren(
      h("button", { type: "button", disabled: asked.start === 0, onclick: turn(Math.max(asked.start - PAGE, 0)) },
        t("previous_page")),
      h("span", { class: "muted" }, t("cases_from_to", Math.min(asked.start + 1, asked.start + data.cases.length),
        asked.start + data.cases.length)),
      h("button", { type: "button", disabled: data.next === null, onclick: turn(data.next ?? 0) }, t("next_page")));
  }

  const search = h("input", {
    type: "search", "aria-label": t("find"), placeholder: t("find_hint"), value: asked.search, maxlength: 200,
    oninput: () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => ask({ search: search.value }), 250);
    },
  });
  const state = h("select", { "aria-label": t("state"), onchange: () => ask({ state: state.value }) },
    h("option", { value: "" }, t("all_states")),
    ...STATES.map((one) => h("option", { value: one, selected: one === asked.state }, t(`state_${one}`))));

  main.append(
    h("h1", {}, t("worklist")),
    h("search", { class: "filters" }, search, state),
    h("div", { class: "table", role: "region", "aria-label": t("worklist"), tabindex: "0" },
      h("table", {}, h("thead", {}, heads), body), nothing),
    pages);
  // Before the list is there: who types at once loses nothing.
  search.focus();
  await read();
  return () => clearTimeout(waiting);
}

function row(one) {
  const { header } = one;
  const material = [header.specimen, header.stain].filter(Boolean).join(", ");
  const images = [String(one.images), one.waiting && t("waiting", one.waiting), one.failed && t("failed", one.failed)];
  const open = () => { location.hash = `#/case/${one.id}`; };
  return h("tr", { onclick: open },
    h("th", { scope: "row" }, h("a", { href: `#/case/${one.id}` }, header.number)),
    h("td", {}, header.patient), h("td", { title: material }, material),
    h("td", { class: "figure" }, images.filter(Boolean).join(", ")), h("td", { class: "figure" }, String(one.cells)),
    h("td", {}, shares(one)), h("td", {}, when(one.changed_at)), h("td", {}, t(`priority_${one.priority}`)),
    h("td", {}, t(`state_${one.state}`)));
}

/** How many cells are unsure, leukemic and healthy: figures with their shapes over a bar. */
function shares(one) {
  const counts = [["unsure", one.unsure], ["leukemic", one.leukemic], ["healthy", one.healthy]];
  const bar = h("div", { class: "bar" });
  for (const [label, count] of counts) {
    if (!count) continue;
    const part = h("span", { class: `part ${label}` });
    part.style.flexGrow = String(count);
    bar.append(part);
  }
  return h("div", { class: "shares", role: "img", "aria-label": t("shares_told", one.unsure, one.leukemic, one.healthy) },
    h("div", { class: "counts" }, ...counts.map(([label, count]) => h("span", {}, shape(label), ` ${count}`))), bar);
}
