/** Signing and amending: the checklist first, the password once more, and what is wrong said on the sheet. */

import { call } from "./calls.js";
import { facts } from "./facts.js";
import { dialog, h, tell } from "./dom.js";
import { saidBy, sentenceOf, t } from "./words.js";

const SIGNS = { well: "✓", look: "!", stops: "✕" };

/** Ask for a signature of an open case. */
export async function askSign(open) {
  await open.queue;
  const list = h("ul", { class: "checklist" }, h("li", {}, t("loading")));
  const meaning = h("input", { id: "meaning", value: t("released"), maxlength: 400 });
  const password = h("input", { id: "again", type: "password", autocomplete: "current-password", required: true, maxlength: 400, autofocus: true });
  const sheet = form(t("sign_title"), t("sign_told"), t("sign"), sign,
    h("h3", {}, t("case_n", open.whole.header.number)), list, h("h3", {}, facts().session.name),
    h("label", { for: "meaning" }, t("meaning")), meaning, h("label", { for: "again" }, t("your_password")), password);
  let seen = 0;

  async function look() {
    await open.read();
    seen = open.version;
    const { data } = await call("GET", `${open.path}/checklist`);
    for (const one of data) if (one.sentence) one.sentence = await saidBy(one.sentence);
    list.replaceChildren(...data.map(item));
  }

  function item(one) {
    const leads = one.standing !== "well" && Boolean(one.cell_id || one.frame_id);
    const show = () => {
      sheet.box.close();
      const cell = one.cell_id || open.order.find((id) => open.cells.get(id).image === one.frame_id);
      if (cell) open.choose(cell);
    };
    return h("li", { class: one.standing }, h("span", { class: "standing", role: "img", "aria-label": t(one.standing) }, SIGNS[one.standing]),
      h("span", {}, lineOf(one)), leads && h("button", { type: "button", class: "flat", "aria-label": `${t("show")}: ${lineOf(one)}`, onclick: show }, t("show")));
  }

  async function sign(failedKnown = false) {
    const body = { password: password.value, meaning: meaning.value, failed_known: failedKnown };
    try {
      await call("POST", `${open.path}/signatures`, { body, etag: `"${seen}"` });
      sheet.box.close();
      await open.read();
      tell(t("signed"));
    } catch (error) {
      if (error.status === undefined) throw error;
      await refused(error);
    } finally {
      password.value = "";
    }
  }

  async function refused(error) {
    if (error.status === 412) {
      await look();
      return sheet.say(t("case_changed"));
    }
    const sentence = await sentenceOf(error);
    if (error.more.cell) {
      return sheet.say(sentence, t("show_cell"), () => { sheet.box.close(); open.choose(error.more.cell); });
    }
    if (error.more.failed && !error.more.waiting) {
      const kept = password.value;
      return sheet.say(sentence, t("nevertheless"), () => { password.value = kept; sign(true); });
    }
    return sheet.say(sentence);
  }

  try {
    await look();
  } catch (error) {
    if (error.status === undefined) throw error;
    sheet.say(await sentenceOf(error));
  }
}

/** Ask why a signed case is opened again. */
export function askAmend(open) {
  const reason = h("textarea", { id: "reason", rows: 4, required: true, maxlength: 10000, autofocus: true });
  const sheet = form(t("amend_title"), t("amend_told"), t("amend"), amend,
    h("h3", {}, t("case_n", open.whole.header.number)), h("label", { for: "reason" }, t("reason")), reason);

  async function amend() {
    try {
      await call("POST", `${open.path}/amendments`, { body: { reason: reason.value }, etag: `"${open.version}"` });
      sheet.box.close();
      await open.read();
      tell(t("amended"));
    } catch (error) {
      if (error.status === undefined) throw error;
      sheet.say(error.status === 412 ? t("case_changed") : await sentenceOf(error));
    }
  }
}

/** A sheet of a few fields and one big button. */
export function form(title, explanation, button, act, ...fields) {
  const wrong = h("p", { class: "wrong", role: "alert" });
  const cure = h("button", { type: "button", class: "flat", hidden: true });
  const go = h("button", { class: "primary" }, button);
  let run = null;
  cure.addEventListener("click", () => run?.());
  const say = (sentence, words = "", heal = null) => {
    wrong.textContent = sentence;
    cure.textContent = words;
    cure.hidden = !words;
    run = heal;
  };
  const take = async (event) => {
    event.preventDefault();
    go.disabled = true;
    say("");
    try {
      await act();
    } finally {
      go.disabled = false;
    }
  };
  const leave = h("button", { type: "button", class: "flat", onclick: () => box.close() }, t("cancel"));
  const box = dialog(title, h("p", { class: "muted" }, explanation),
    h("form", { onsubmit: take, novalidate: true }, ...fields, wrong, h("div", { class: "row end" }, cure, leave, go)));
  return { box, say };
}

/** A line of the checklist in words: those of the window. */
function lineOf(one) {
  const { topic, count, total, waiting, names, standing } = one;
  if (topic === "cells") return !total ? t("no_cells") : !count ? t("cells_well") : t("cells_stop", count, total);
  if (topic === "images") {
    return waiting ? t("images_wait", waiting, total) : count ? t("images_failed", count, total) : t("images_well");
  }
  if (topic === "quality") return count ? t("quality_look", count, total) : t("quality_well");
  if (topic === "control") return one.sentence || t("control_well");
  if (!count) return t("nobody_decided");
  const told = t("decided_by", count, total, names.join(", ") || "–");
  return standing === "stops" ? `${told} ${t("somebody_else")}` : told;
}
