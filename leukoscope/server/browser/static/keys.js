/** The keys of the review: those of the window, while nobody writes. */

import { labelsInForce } from "./labels.js";
import { h, dialog, tell } from "./dom.js";
import { t } from "./words.js";

const WRITES = "input:not([type=checkbox]):not([type=range]), textarea, select";

/**
 * Listen until the case is left.
 * @param {{open: import("./case.js").OpenCase, field: any, gallery: any, inspector: any}} parts
 * @returns {() => void} Ends it.
 */
export function listenForKeys(parts) {
  const { open, field, gallery, inspector } = parts;
  const unsure = () => {
    const next = open.nextUnsure();
    if (next) open.choose(next);
    else tell(t("no_unsure"));
  };
  const acts = {
    N: unsure, PageDown: () => field.stepImage(1), PageUp: () => field.stepImage(-1), F: field.fit, A: field.actual,
    Z: field.toCell, B: field.toggleBoxes, "+": () => field.zoom(1.25), "=": () => field.zoom(1.25),
    "-": () => field.zoom(0.8), M: inspector.toggleMap, ".": () => inspector.stepMap(1),
    ",": () => inspector.stepMap(-1), Backspace: () => open.decide(null), "?": showKeys,
    F2: () => document.querySelector("#case-head .edit")?.click(),
  };
  const labels = new Map(labelsInForce().filter((one) => one.key).map((one) => [one.key, one]));

  function onKey(event) {
    if (document.querySelector("dialog[open]") || event.altKey) return;
    const writes = event.target.matches?.(WRITES);
    const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
    if (event.ctrlKey || event.metaKey) {
      if (writes || event.shiftKey) return;
      if (key === "A") {
        return taken(event, () => {
          open.pick(open.order);
          open.tell("chosen");
        });
      }
      if (key === " " && event.target.matches?.(".tile")) return taken(event, () => open.toggle(Number(event.target.dataset.cell)));
      if (key !== "Z") return;
      event.preventDefault();
      if (!open.undo()) tell(t("nothing_to_undo"));
      return;
    }
    if (writes) return;
    if (key === "Escape" && open.picked.size) return taken(event, () => open.choose(open.chosen));
    if (event.shiftKey && key === "C") return taken(event, inspector.focusComment);
    if (key === " " && !event.target.matches?.("button:not(.tile), a, input")) {
      return taken(event, () => open.step(event.shiftKey ? -1 : 1));
    }
    if (arrow(event, key)) return;
    if (acts[key]) return taken(event, acts[key]);
    const said = labels.get(key);
    if (said && !event.shiftKey) taken(event, () => open.decide(said));
  }

  /** Arrows belong to the part that has the keyboard. */
  function arrow(event, key) {
    if (!key.startsWith("Arrow") || event.target.matches?.("input")) return false;
    if (field.element.querySelector(".canvas").contains(event.target)) {
      taken(event, () => field.pan(key));
      return true;
    }
    if (!gallery.element.contains(event.target) && event.target !== document.body) return false;
    const row = event.target.closest(".tiles");
    const across = row ? Math.max(Math.floor((row.clientWidth + 8) / 100), 1) : 1;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[key];
    taken(event, () => open.step(by, event.shiftKey));
    return true;
  }

  window.addEventListener("keydown", onKey);
  return () => window.removeEventListener("keydown", onKey);
}

function taken(event, act) {
  event.preventDefault();
  act();
}

/** Every key on one page. */
export function showKeys() {
  const rows = [
    ...labelsInForce().filter((one) => one.key).map((one) => [one.key, one.word]),
    ["F2", t("edit_header")], ["Backspace", t("take_back")], ["Ctrl+Z", t("undo")], ["Shift+C", t("comment")], ["Shift+Arrow", t("choose_more")],
    ["Ctrl+A", t("choose_all")], ["Escape", t("choose_one")], ["Space", t("next_cell")],
    ["Shift+Space", t("previous_cell")], ["N", t("next_unsure")], ["PageDown", t("next_image")],
    ["PageUp", t("previous_image")], ["+  −", `${t("zoom_in")}, ${t("zoom_out")}`], ["F", t("fit")],
    ["A", t("actual")], ["Z", t("zoom_cell")], ["B", t("boxes")], ["M", t("map")],
    [".  ,", `${t("next_map")}, ${t("previous_map")}`],
  ];
  const box = dialog(t("keys_title"),
    h("dl", { class: "keys" }, ...rows.map(([key, word]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, word)))),
    h("div", { class: "row end" }, h("button", { type: "button", class: "primary", onclick: () => box.close() }, t("close"))));
}
