/** Which case it is, how it stands, and what can be done with it: the bar above the case. */

import { call, reach } from "./calls.js";
import { may } from "./facts.js";
import { h, tell, warn } from "./dom.js";
import { askAmend, askSign } from "./signing.js";
import { askHeader } from "./header.js";
import { showKeys } from "./keys.js";
import { sentenceOf, t } from "./words.js";

/** @param {import("./case.js").OpenCase} open */
export function drawCaseHead(open) {
  const { header, state, signatures } = open.whole;
  const patient = [header.patient, header.birth_date].filter(Boolean).join(", ") || t("no_patient");
  const material = [header.specimen, header.stain].filter(Boolean).join(", ");
  const told = signatures.map((one) => t("signed_line", one.name, new Date(one.at).toLocaleDateString(), one.meaning));
  document.getElementById("case-head").replaceChildren(
    h("strong", {}, t("case_n", header.number)),
    h("span", { class: "muted", title: [patient, material].filter(Boolean).join(" · ") },
      [patient, material].filter(Boolean).join(" · ")),
    ...(state !== "signed" && may("header")
      ? [h("button", { type: "button", class: "tool edit", title: `${t("edit_header")} (F2)`, "aria-label": t("edit_header"), onclick: () => askHeader(open) }, "✎")] : []),
    h("span", { class: `state ${state}`, title: told.join("\n") }, t(`state_${state}`)));

  async function review() {
    try {
      // What is under way is saved first: the version is that of all of it.
      await open.queue;
      await open.read();
      await call("POST", `${open.path}/review`, { etag: `"${open.version}"` });
      await open.read();
      tell(t("reviewed"));
    } catch (error) {
      if (error.status === undefined) throw error;
      warn(error.status === 412 ? t("case_changed") : await sentenceOf(error));
    }
  }

  const button = (key, act, given = {}) => h("button", { type: "button", onclick: act, ...given }, t(key));
  const sealed = state === "signed";
  document.getElementById("case-tools").replaceChildren(
    h("button", { type: "button", class: "tool", title: `${t("keys")} (?)`, "aria-label": t("keys"), onclick: showKeys }, "?"),
    ...(!sealed && may("review") ? [button("mark_reviewed", review, { disabled: state === "reviewed" })] : []),
    ...(!sealed && may("sign") ? [button("sign_case", () => askSign(open))] : []),
    ...(sealed && may("amend") ? [button("amend_case", () => askAmend(open))] : []),
    h("a", { class: "button primary", href: reach(`${open.path}/report.pdf`), download: `LeukoScope-${header.number}.pdf` },
      t("export_pdf")));
}
