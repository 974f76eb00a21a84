/** Two people on one cell: what both said is shown, and the person who came second chooses. */

import { dialog, h, warn } from "./dom.js";
import { t } from "./words.js";

/**
 * Let a person choose between what somebody else has said meanwhile and what they wanted.
 * @param {import("./case.js").OpenCase} open
 * @param {{what: any, theirs: any}} clash - What was to be saved, and the cell as it is now.
 */
export function settle(open, { what, theirs }) {
  const place = open.order.indexOf(what.id) + 1;
  const ofComment = what.kind === "comment";
  const said = ofComment ? theirs.comment?.text ?? "" : theirs.decided?.word ?? t("no_label");
  const wanted = ofComment ? what.text : what.said?.word ?? t("no_label");
  const by = (ofComment ? theirs.comment : theirs.decided)?.by ?? t("a_person");
  const words = t(ofComment ? "meanwhile_comment" : "meanwhile_label", place, by, said, wanted);
  open.choose(what.id);
  const keep = h("button", { type: "button", class: "primary", autofocus: true, onclick: () => box.close() },
    ofComment ? t("keep_their_text") : t("keep_theirs", said));
  const mine = h("button", { type: "button",
    onclick: () => {
      box.close();
      open.save({ ...what, etag: theirs.etag, isUndo: false });
    } }, ofComment ? t("write_mine") : t("say_mine", wanted));
  const box = dialog(t("meanwhile"), h("p", {}, words), h("div", { class: "row end" }, mine, keep));
  warn(words);
}
