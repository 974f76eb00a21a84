/** The cells of a case in groups of classes; one of them has the keyboard. */

import { reach } from "./calls.js";
import { classOf, facts } from "./facts.js";
import { glyph, h, shape, tell } from "./dom.js";
import { t } from "./words.js";

const GROUPS = ["unsure", "leukemic", "healthy"];
const KINDS = ["all", "undecided", "decided", "disagree", "unlike", "quality", "at-border", "cluster", "drawn"];
const SORTS = ["reading", "doubt", "spread", "leukemic-first", "healthy-first", "novelty", "largest", "smallest"];

/**
 * @param {import("./case.js").OpenCase} open
 * @returns {{element: HTMLElement, focus: () => void}}
 */
export function makeGallery(open) {
  const tiles = new Map();
  const folded = new Set();
  const bar = h("div", { class: "choices", role: "group", "aria-label": t("group_of_cells") });
  const count = h("span", { class: "muted count" });
  const only = h("select", { "aria-label": t("which_cells"), title: t("which_cells"), onchange: () => limit({ only: only.value }) });
  const sort = h("select", { "aria-label": t("order_of_cells"), title: t("order_of_cells"), onchange: () => limit({ sort: sort.value }) },
    ...SORTS.map((one) => h("option", { value: one }, t(`order_${one}`))));
  const body = h("div", { class: "cells", tabindex: "-1" });
  const element = h("section", { class: "gallery", "aria-label": t("cells_label"), "aria-describedby": "gallery-told" },
    h("div", { class: "gallery-bar" }, bar, only, sort, count), h("p", { id: "gallery-told", class: "sr-only" }, t("gallery_told")),
    body);

  function tile(cell) {
    const made = tiles.get(cell.id) ?? newTile(open, cell.id);
    tiles.set(cell.id, made);
    const decided = cell.decided ? t("labeled_by", cell.decided.by) : "";
    const remark = cell.comment ? t("remarks", cell.comment.by, cell.comment.text) : "";
    const place = t("cell_of", open.order.indexOf(cell.id) + 1, open.order.length);
    const told = [place, cell.sentence, decided, remark].filter(Boolean).join(" · ");
    made.setAttribute("aria-label", told);
    made.title = told;
    made.classList.toggle("decided", Boolean(cell.decided));
    made.lastElementChild.replaceChildren(
      cell.counted ? shape(cell.counted) : glyph(classOf(cell.code)), h("span", {}, cell.short),
      h("span", { class: "tick" }, cell.decided ? "✓" : ""));
    made.dataset.label = cell.counted ?? "none";
    return made;
  }

  /** Show other cells, or in another order. */
  function limit(change) {
    Object.assign(open, change);
    open.arrange();
    draw();
    tell(t("cells_shown", open.order.length, open.cells.size));
  }

  function drawOnly() {
    const codes = new Set([...open.cells.values()].map((one) => one.code).filter(Boolean));
    const known = facts().classes.filter((one) => codes.has(one.code) || open.only === `class:${one.code}`);
    const values = [...KINDS, ...known.map((one) => `class:${one.code}`)];
    // A list that somebody has open is not drawn anew without need.
    if (values.join() !== [...only.options].map((one) => one.value).join()) {
      only.replaceChildren(...KINDS.map((one) => h("option", { value: one }, t(`only_${one}`))),
        ...known.map((one) => h("option", { value: `class:${one.code}` }, t(`group_${one.code}`))));
    }
    only.value = open.only;
    sort.value = open.sort;
  }

  function draw() {
    const hadFocus = body.contains(document.activeElement) || document.activeElement === document.body;
    const groups = open.grouped ? groupsOf(open) : [{ code: undefined, ids: open.order }];
    body.replaceChildren(...groups.map(section));
    if (!open.order.length) body.append(h("p", { class: "muted" }, open.cells.size ? t("none_in_choice") : t("cells_appear")));
    if (!open.order.length && open.cells.size) {
      body.append(h("button", { type: "button", onclick: () => limit({ only: "all", group: null }) }, t("show_all_cells")));
    }
    drawOnly();
    drawBar();
    mark(hadFocus);
  }

  function section({ code, ids }) {
    const list = h("div", { class: "tiles" }, ...ids.map((id) => tile(open.cells.get(id))));
    if (code === undefined) return list;
    const key = code ?? "none";
    list.hidden = folded.has(key);
    const turn = () => {
      if (!folded.delete(key)) folded.add(key);
      draw();
      body.querySelector(`[data-group="${key}"]`)?.focus();
    };
    return h("section", { "aria-label": t("group_told", t(`group_${key}`), ids.length) },
      h("h2", {}, h("button", {
        type: "button", class: "fold", "aria-expanded": String(!list.hidden), "data-group": key, onclick: turn,
        title: list.hidden ? t("unfold") : t("fold"),
      }, code && glyph(classOf(code)), t(`group_${key}`), h("span", { class: "muted" }, ` ${ids.length}`))), list);
  }

  function drawBar() {
    const all = [...open.cells.values()];
    const choice = (label, text) => h("button", {
      type: "button", "aria-pressed": String(open.group === label),
      onclick: () => {
        open.group = label;
        open.arrange();
        draw();
        bar.querySelector('[aria-pressed="true"]').focus();
      },
    }, label && shape(label), text);
    bar.replaceChildren(choice(null, t("all", all.length)),
      ...GROUPS.map((one) => choice(one, `${t(one)} ${all.filter((cell) => cell.counted === one).length}`)));
    count.textContent = t("labels_left", all.filter((one) => one.decided).length, all.length);
  }

  /** One tile can be reached with Tab; arrows go on from there. */
  function mark(takesFocus) {
    for (const [id, one] of tiles) {
      const picked = open.several.length > 0 && open.picked.has(id);
      one.classList.toggle("picked", picked);
      if (open.several.length) one.setAttribute("aria-pressed", String(picked));
      else one.removeAttribute("aria-pressed");
      const chosen = id === open.chosen;
      one.tabIndex = chosen ? 0 : -1;
      if (chosen) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
      if (chosen && one.isConnected) {
        if (takesFocus) one.focus({ preventScroll: true });
        one.scrollIntoView({ block: "nearest" });
      }
    }
  }

  open.addEventListener("cells", draw);
  open.addEventListener("cell", ({ detail: id }) => { tile(open.cells.get(id)); drawBar(); });
  open.addEventListener("picked", () => {
    if (open.several.length) tell(t("chosen_many", open.several.length));
  });
  open.addEventListener("chosen", () => mark(body.contains(document.activeElement)));
  return { element, focus: () => mark(true) };
}

function groupsOf(open) {
  const groups = new Map();
  for (const id of open.order) {
    const { code } = open.cells.get(id);
    groups.set(code, [...(groups.get(code) ?? []), id]);
  }
  return [...groups].map(([code, ids]) => ({ code, ids }));
}

function newTile(open, id) {
  const picture = h("img", { alt: "", loading: "lazy", decoding: "async", width: 84, height: 84,
    src: reach(`/review/cases/${open.id}/cells/${id}/surroundings.png?side=168`) });
  const take = (event) => {
    if (event.shiftKey) open.extend(id);
    else if (event.ctrlKey || event.metaKey) open.toggle(id);
    else open.choose(id);
  };
  return h("button", { type: "button", class: "tile", "data-cell": id, onclick: take }, picture,
    h("span", { class: "caption" }));
}
