/** What is known of the chosen cell: whose word is whose, pictures, maps, reasons, opinions, and the comment. */

import { call } from "./calls.js";
import { classOf } from "./facts.js";
import { glyph, h, s, shape, warn } from "./dom.js";
import { makeMaps } from "./maps.js";
import { makeShapeTable } from "./shapetable.js";
import { language, sentenceOf, t } from "./words.js";

const PAUSE_MS = 120;

/** @param {import("./case.js").OpenCase} open */
export function makeInspector(open) {
  const place = h("h2", { class: "place" });
  const sentence = h("p", { class: "sentence" });
  const verdict = h("p", { class: "verdict" });
  const maps = makeMaps(open);
  const { field: comment, stop } = commentField(open);
  const why = h("div", { class: "why" });
  const cards = h("div", { class: "why" });
  const measured = makeShapeTable();
  const step = (text, key, by) => h("button", { type: "button", class: "tool", "aria-label": t(key), title: t(key), onclick: () => open.step(by) }, text);
  const body = h("div", { class: "scrolled", tabindex: "0", role: "region", "aria-label": t("inspector") },
    maps.pair, comment, why, measured.element, maps.options, cards);
  const top = h("div", { class: "inspector-top" },
    h("div", { class: "row" }, place, h("span", { class: "gap" }), step("‹", "previous_cell", -1), step("›", "next_cell", 1)),
    sentence, verdict);
  const nothing = h("p", { class: "muted", hidden: true }, t("choose_cell"));
  const element = h("div", { class: "inspector" }, top, nothing, body);
  let asked = 0;
  let drawn = "";

  async function draw() {
    const { cell } = open;
    for (const part of [top, body]) part.hidden = !cell;
    nothing.hidden = Boolean(cell);
    if (!cell) return;
    place.textContent = t("cell_of", open.order.indexOf(cell.id) + 1, open.order.length);
    sentence.textContent = cell.sentence;
    verdict.replaceChildren(cell.counted ? shape(cell.counted, 18) : glyph(classOf(cell.code), 18), cell.word);
    stop(cell);
    const mine = `${cell.id} ${cell.etag}`;
    if (mine === drawn) return;
    drawn = mine;
    if (cell.why) return show(cell);
    why.replaceChildren();
    cards.replaceChildren();
    measured.element.hidden = true;
    const number = (asked += 1);
    // Who goes on quickly asks nothing about the cells on the way.
    await new Promise((go) => { setTimeout(go, PAUSE_MS); });
    if (number !== asked || open.chosen !== cell.id) return;
    try {
      maps.show(cell, []);
      const { data } = await call("GET", `/review/cases/${open.id}/cells/${cell.id}?language=${language()}`);
      if (number !== asked || open.chosen !== cell.id) return;
      Object.assign(cell, { why: data.why });
      show(cell);
    } catch (error) {
      drawn = "";
      if (error.status === undefined) throw error;
      if (number === asked && error.status !== 401) warn(await sentenceOf(error));
    }
  }

  function show(cell) {
    asked += 1;
    maps.show(cell, cell.why.cards);
    why.replaceChildren(...told(cell));
    cards.replaceChildren(...cell.why.cards.map(card));
    measured.show(cell.why.measured);
    measured.element.hidden = false;
  }

  open.addEventListener("chosen", draw);
  return { element, toggleMap: maps.toggle, stepMap: maps.step, focusComment: () => comment.focus() };
}

/** Reasons, who labeled, and how far the models agree. */
function told(cell) {
  const { why } = cell;
  const lines = [why.reasons, ...why.lines].filter(Boolean).map((one) => h("p", {}, one));
  const bar = why.probability === null || cell.decided ? []
    : [h("p", { class: "row", title: t("probability_told") }, h("span", {}, t("probability")), h("span", { class: "gap" }), h("strong", {}, why.figure)),
      probabilityBar(why.probability, why.band, why.figure)];
  return [...bar, ...lines, why.agreement && h("p", { class: "muted" }, why.agreement)].filter(Boolean);
}

function card(one) {
  return h("section", { class: "card", "aria-label": one.title },
    h("div", { class: "row" }, h("h3", {}, one.title), h("span", { class: "gap" }), one.figure && h("strong", {}, one.figure)),
    one.probability !== undefined && probabilityBar(one.probability, one.band, one.figure),
    h("p", { class: "row" }, one.code ? glyph(classOf(one.code)) : shape(one.label), h("span", {}, one.says),
      h("span", { class: "gap" }), h("span", { class: "muted" }, one.version)),
    one.more && h("p", { class: "muted" }, one.more),
    one.distance && h("p", { class: "muted" }, one.distance));
}

/** Where a probability lies, with the band in which the program is unsure. */
function probabilityBar(probability, [low, high], figure) {
  const at = (share) => (share * 100).toFixed(1);
  return s("svg", { class: "probability", viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img", "aria-label": figure },
    s("rect", { x: 0, y: 3, width: 100, height: 4, class: "rail" }),
    s("rect", { x: at(low), y: 3, width: at(high - low), height: 4, class: "band" }),
    s("rect", { x: at(Math.min(Math.max(probability, 0.005), 0.985)), y: 0, width: 1.5, height: 10, class: "needle" }));
}

/** A line for the comment: Enter keeps it, Escape takes it back; leaving it keeps it too. */
function commentField(open) {
  let of = null;
  let former = "";
  const keep = () => {
    const text = field.value.trim();
    if (of !== null && of === open.chosen && text !== former) {
      former = text;
      open.comment(text);
    }
  };
  const field = h("textarea", { rows: 1, class: "comment", "aria-label": t("comment"), placeholder: t("comment"),
    title: t("comment_told"), maxlength: 10000, onblur: keep,
    onkeydown: (event) => {
      if (event.key === "Escape") field.value = former;
      if (event.key !== "Escape" && (event.key !== "Enter" || event.shiftKey)) return;
      event.preventDefault();
      field.blur();
      document.querySelector(".tile[aria-current]")?.focus();
    } });
  const stop = (cell) => {
    const text = cell.comment?.text ?? "";
    // What somebody is writing stays under their hands.
    if (of !== cell.id || document.activeElement !== field) field.value = text;
    if (of !== cell.id || text !== former) former = text;
    of = cell.id;
    field.disabled = !open.mayDecide;
  };
  return { field, stop };
}
