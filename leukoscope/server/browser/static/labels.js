/** The buttons that label a cell: a verdict, or what the cell is, each with its key. */

import { facts } from "./facts.js";
import { glyph, h, shape } from "./dom.js";
import { t } from "./words.js";

const VERDICTS = [["leukemic", "L"], ["healthy", "H"], ["unsure", "U"]];

/** What a person can say: each with its key, its word and how it is sent. */
export function labelsInForce() {
  return [
    ...VERDICTS.map(([label, key]) => ({ label, code: null, key, word: t(label).toLowerCase() })),
    ...facts().classes.map(({ code, key }) => ({ label: null, code, key, word: t(`class_${code}`) })),
  ];
}

/**
 * @param {import("./case.js").OpenCase} open
 * @returns {HTMLElement}
 */
export function makeLabels(open) {
  const buttons = labelsInForce().map((said) => [said, button(open, said)]);
  const verdicts = buttons.filter(([said]) => said.label).map(([, one]) => one);
  const classes = buttons.filter(([said]) => said.code).map(([, one]) => one);
  const advance = h("input", { type: "checkbox", id: "advance", checked: true,
    onchange: () => { open.advance = advance.checked; } });
  const note = h("p", { class: "muted", hidden: true });
  const back = h("button", { type: "button", class: "flat", onclick: () => open.decide(null) }, t("take_back"));
  const element = h("section", { class: "labels", "aria-label": t("your_label") },
    note, h("div", { class: "verdicts" }, ...verdicts), h("div", { class: "classes" }, ...classes),
    h("div", { class: "row" }, h("label", { class: "check", title: t("advance_told") }, advance, t("advance")), back));

  function mark() {
    const said = open.cell?.decided;
    for (const [one, made] of buttons) {
      const on = said && (one.code ? one.code === said.code : !said.code && one.label === said.label);
      made.setAttribute("aria-pressed", String(Boolean(on)));
      made.disabled = !open.cell || !open.mayDecide;
    }
    back.disabled = !said || !open.mayDecide;
    const many = open.several.length;
    if (many) back.disabled = !open.mayDecide;
    note.hidden = open.mayDecide && !many;
    note.textContent = open.isReadOnly ? t("read_only") : open.mayDecide ? t("chosen_many", many) : t("may_not");
  }

  open.addEventListener("chosen", mark);
  open.addEventListener("case", mark);
  return element;
}

function button(open, said) {
  const told = said.key ? t("label_key", said.word, said.key) : t("label_plain", said.word);
  const sign = said.code ? glyph(facts().classes.find((one) => one.code === said.code)) : shape(said.label);
  const text = said.code ? [h("kbd", {}, said.key), t(`short_${said.code}`)] : [t(said.label), h("kbd", {}, said.key)];
  const take = (event) => {
    // A second click that comes too soon was meant for the cell before: another one is shown by now.
    if (event.detail > 1) return;
    const again = event.currentTarget.getAttribute("aria-pressed") === "true" && !open.several.length;
    open.decide(again ? null : said);
  };
  return h("button", { type: "button", class: "key", title: told, "aria-label": told, onclick: take }, sign, ...text);
}
