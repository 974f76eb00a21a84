/** A case on screen: field, gallery, inspector and labels, wired to the one open case. */

import { OpenCase } from "./case.js";
import { drawCaseHead } from "./casehead.js";
import { settle } from "./conflict.js";
import { h, tell, warn } from "./dom.js";
import { makeField } from "./field.js";
import { makeGallery } from "./gallery.js";
import { makeInspector } from "./inspector.js";
import { listenForKeys } from "./keys.js";
import { makeLabels } from "./labels.js";
import { follow } from "./live.js";
import { settleSeveral } from "./several.js";
import { sentenceOf, t } from "./words.js";

/**
 * Show a case.
 * @param {HTMLElement} main
 * @param {number} id
 * @returns {Promise<() => void>} Called when it is left.
 */
export async function showCase(main, id) {
  main.className = "review";
  const open = new OpenCase(id);
  const field = makeField(open);
  const gallery = makeGallery(open);
  const labels = makeLabels(open);
  const inspector = makeInspector(open);
  const head = h("h1", { class: "sr-only" });
  main.append(head,
    h("div", { class: "left" }, field.element, gallery.element),
    h("aside", { class: "right", "aria-label": t("inspector") }, inspector.element, labels));
  open.addEventListener("case", () => {
    head.textContent = t("case_n", open.whole.header.number);
    document.title = `${head.textContent} – LeukoScope`;
    drawCaseHead(open);
  });
  tellWhatHappens(open);
  await open.read();
  gallery.focus();
  const parts = { open, field, gallery, inspector };
  const stopKeys = listenForKeys(parts);
  const stopNews = follow(open);
  return () => {
    stopKeys();
    stopNews();
    field.stop();
    document.getElementById("case-head").replaceChildren();
    document.getElementById("case-tools").replaceChildren();
  };
}

/** Everything that changes is said, for who sees it and for who listens. */
function tellWhatHappens(open) {
  const place = (id) => open.order.indexOf(id) + 1;
  open.addEventListener("saved", ({ detail: what }) => {
    if (what.kind === "several") {
      if (what.isUndo) tell(t("undone_many", what.count));
      else tell(what.said ? t("said_many", what.count, what.said.word) : t("taken_back_many", what.count));
    } else if (what.isUndo) tell(t("undone", place(what.id)));
    else if (what.kind === "comment") tell(t("commented"));
    else tell(what.said ? t("said", place(what.id), what.said.word) : t("taken_back", place(what.id)));
  });
  open.addEventListener("alldone", () => tell(t("all_done")));
  open.addEventListener("others", () => warn(t("changed_by_other")));
  open.addEventListener("conflicts", ({ detail }) => settleSeveral(open, detail));
  open.addEventListener("conflict", ({ detail }) => settle(open, detail));
  open.addEventListener("failed", async ({ detail: { what, error } }) => {
    const sentence = await sentenceOf(error);
    warn(sentence);
    if (error.status === 401) return;
    const again = () => { bar.remove(); open.save(what); };
    const bar = h("div", { class: "trouble" }, h("span", {}, sentence),
      h("button", { type: "button", onclick: again }, t("try_again")),
      h("button", { type: "button", class: "flat", onclick: () => bar.remove() }, t("close")));
    document.querySelector(".review .left")?.prepend(bar);
  });
}
