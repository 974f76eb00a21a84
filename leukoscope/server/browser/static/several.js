/** Several cells at once: labeled in one step, taken back in one step, and where somebody else was faster both are shown. */

import { call } from "./calls.js";
import { dialog, h, warn } from "./dom.js";
import { language, t } from "./words.js";

/** What is sent for a label: the class where one is named, else the verdict. */
export function saidOf({ label, code }) {
  return code ? { code } : { label };
}

/** What a person has said of a cell, as it can be said again; null for nothing. */
export function saidNow(cell) {
  return cell.decided && { ...saidOf(cell.decided), word: cell.decided.word };
}

/**
 * Send labels on several cells.
 * @param {import("./case.js").OpenCase} open
 * @param {{labels: {id: number, said: any, etag?: string}[], isUndo?: boolean, said?: any}} what
 */
export async function sendSeveral(open, what) {
  const labels = what.labels.filter(({ id }) => open.cells.has(id));
  const before = new Map(labels.map(({ id }) => [id, saidNow(open.cells.get(id))]));
  const body = { labels: labels.map(({ id, said, etag }) => (
    { cell: id, etag: etag ?? open.cells.get(id).etag, ...(said ? saidOf(said) : {}) })) };
  const { data } = await call("POST", `/review/cases/${open.id}/decisions?language=${language()}`, { body });
  const kept = labels.map(({ id }) => id).filter((id) => !data.conflicts.includes(id));
  for (const one of data.cells) open.cells.set(one.id, one);
  if (data.version === open.version + kept.length) open.version = data.version;
  const etags = new Map(kept.map((id) => [id, open.cells.get(id).etag]));
  for (const one of open.done) {
    if (one.etags) for (const [id, etag] of etags) if (one.etags.has(id)) one.etags.set(id, etag);
    if (etags.has(one.id)) one.etag = etags.get(one.id);
  }
  if (!what.isUndo && kept.length) open.done.push({ kind: "several", before, etags });
  open.arrange();
  open.tell("cells");
  open.tell("chosen");
  if (kept.length) open.tell("saved", { ...what, count: kept.length });
  if (data.conflicts.length) open.tell("conflicts", { labels: labels.filter(({ id }) => data.conflicts.includes(id)), of: labels.length });
}

/** Let a person choose, cell by cell, between what somebody else has said meanwhile and what they wanted. */
export function settleSeveral(open, { labels, of }) {
  const told = t("meanwhile_many", labels.length, of);
  const rows = labels.map(({ id, said }) => {
    const cell = open.cells.get(id);
    const words = t("mine_of_many", open.order.indexOf(id) + 1, cell.decided?.by ?? t("a_person"),
      cell.decided?.word ?? t("no_label"), said?.word ?? t("no_label"));
    const box = h("input", { type: "checkbox" });
    return { id, said, box, element: h("li", {}, h("label", { class: "check" }, box, words)) };
  });
  const keep = h("button", { type: "button", class: "primary", autofocus: true, onclick: () => sheet.close() }, t("keep_all_theirs"));
  const mine = h("button", { type: "button",
    onclick: () => {
      const marked = rows.filter(({ box }) => box.checked).map(({ id, said }) => ({ id, said }));
      sheet.close();
      if (marked.length) open.save({ kind: "several", labels: marked });
    } }, t("mine_where_marked"));
  const sheet = dialog(t("meanwhile"), h("p", {}, told), h("ul", { class: "conflicts" }, ...rows.map((one) => one.element)),
    h("div", { class: "row end" }, mine, keep));
  warn(told);
}
