/** The door: name and password, and what is wrong said beside them. */

import { call } from "./calls.js";
import { h } from "./dom.js";
import { saidBy, sentenceOf, t } from "./words.js";

/**
 * Show it.
 * @param {HTMLElement} main - Where.
 * @param {() => Promise<void>} enter - Called when somebody has signed in.
 */
export function showSignIn(main, enter) {
  const name = h("input", { id: "name", autocomplete: "username", required: true, maxlength: 400, spellcheck: "false" });
  const password = h("input", {
    id: "password", type: "password", autocomplete: "current-password", required: true, maxlength: 400,
  });
  const wrong = h("p", { class: "wrong", role: "alert" });
  const go = h("button", { class: "primary" }, t("sign_in"));

  async function take(event) {
    event.preventDefault();
    go.disabled = true;
    wrong.textContent = "";
    try {
      await call("POST", "/review/session", { body: { name: name.value, password: password.value } });
      await enter();
    } catch (error) {
      if (error.status === undefined) throw error;
      wrong.textContent = await (error.status === 401 ? saidBy(error.sentence) : sentenceOf(error));
      password.value = "";
      password.focus();
    } finally {
      go.disabled = false;
    }
  }

  main.className = "door";
  main.append(h("form", { class: "card", onsubmit: take, novalidate: true },
    h("h1", {}, t("sign_in")),
    h("label", { for: "name" }, t("your_name")), name,
    h("label", { for: "password" }, t("your_password")), password,
    wrong, go));
  document.title = `${t("sign_in")} – LeukoScope`;
  name.focus();
}
