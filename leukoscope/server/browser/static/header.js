/** The header of a case: written here by the window's rules, and where two people wrote into one field both are shown. */

import { call } from "./calls.js";
import { h, tell } from "./dom.js";
import { form } from "./signing.js";
import { sentenceOf, t } from "./words.js";

const LINES = ["number", "patient", "patient_id", "birth_date", "sex", "specimen", "stain", "operator"];
const SEXES = ["female", "male", "other", "unknown"];

/** @param {import("./case.js").OpenCase} open */
export function askHeader(open) {
  let base = { ...open.whole.header };
  const fields = Object.fromEntries([...LINES, "notes"].map((name) => [name, control(name, base[name])]));
  const choices = h("div", { class: "header-conflicts" });
  const sheet = form(t("edit_header"), t("edit_told"), t("save"), save,
    h("div", { class: "header-form" }, ...Object.entries(fields).map(([name, one]) => h("div", { class: `header-${name}` },
      h("label", { for: one.id }, t(`header_${name}`)), one))), choices);
  fields.patient.focus();

  async function save() {
    const mine = Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, one.value.trim()]));
    for (const one of choices.querySelectorAll("input:checked")) {
      if (one.value === "theirs") mine[one.name] = base[one.name];
    }
    if (!mine.number) return refuse("number", t("needs_number"));
    try {
      await write(mine);
    } catch (error) {
      if (error.status === undefined) throw error;
      if (error.more.field === "birth_date") return refuse("birth_date", t("wrong_date"));
      sheet.say(await sentenceOf(error));
    }
  }

  /** Only what was written here is sent; a field that somebody else wrote meanwhile is asked about. */
  async function write(mine) {
    const changed = Object.keys(mine).filter((name) => mine[name] !== base[name]);
    const { data, etag } = await call("GET", open.path);
    const both = changed.filter((name) => data.header[name] !== base[name] && data.header[name] !== mine[name]);
    if (both.length) return ask(both, data.header, mine);
    if (changed.length) {
      const body = Object.fromEntries(changed.map((name) => [name, mine[name]]));
      try {
        await call("PATCH", open.path, { body, etag });
      } catch (error) {
        // Somebody was faster in this very moment: look again at what they wrote.
        if (error.status === 412) return write(mine);
        throw error;
      }
    }
    sheet.box.close();
    await open.read();
    tell(t("header_kept"));
  }

  function ask(names, theirs, mine) {
    base = { ...base, ...Object.fromEntries(names.map((name) => [name, theirs[name]])) };
    choices.replaceChildren(...names.map((name) => h("fieldset", {},
      h("legend", {}, t("header_meanwhile", t(`header_${name}`), told(name, theirs[name]), told(name, mine[name]))),
      choice(name, "theirs", true), choice(name, "mine", false))));
    sheet.say(t("header_choose"));
    choices.querySelector("input").focus();
  }

  function refuse(name, sentence) {
    fields[name].setAttribute("aria-invalid", "true");
    fields[name].focus();
    sheet.say(sentence);
  }
}

function control(name, value) {
  const given = { id: `header-${name}`, name, maxlength: name === "notes" ? 10000 : 200, autocomplete: "off" };
  const clear = (event) => event.target.removeAttribute("aria-invalid");
  if (name === "sex") {
    const made = h("select", { id: given.id, name }, h("option", { value: "" }, "–"),
      ...SEXES.map((one) => h("option", { value: one }, t(`sex_${one}`))));
    made.value = value;
    return made;
  }
  if (name === "notes") {
    const made = h("textarea", { ...given, rows: 3 });
    made.value = value;
    return made;
  }
  return h("input", { ...given, value, oninput: clear, placeholder: name === "birth_date" ? "1960-12-24" : null });
}

function choice(name, whose, checked) {
  return h("label", { class: "check" }, h("input", { type: "radio", name, value: whose, checked }), t(whose));
}

function told(name, value) {
  return name === "sex" && value ? t(`sex_${value}`) : value;
}
