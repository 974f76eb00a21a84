/** The page: who is signed in, which part is shown, and what stands around it. */

import { call, doors } from "./calls.js";
import { h, tell, warn } from "./dom.js";
import { facts, forget, remember } from "./facts.js";
import { showCase } from "./review.js";
import { showSignIn } from "./signin.js";
import { applyTheme, toggleTheme } from "./theme.js";
import { allLanguages, language, loadWords, sentenceOf, speak, t } from "./words.js";
import { showWorklist } from "./worklist.js";

const main = document.getElementById("main");
let leave = () => {};
let idle = 0;

/** Show what the address names, or the door. */
async function route() {
  leave();
  leave = () => {};
  main.replaceChildren();
  main.className = "";
  tell("");
  drawAround();
  if (!facts()) return showSignIn(main, enter);
  const found = /^#\/case\/(\d+)$/.exec(location.hash);
  try {
    leave = found ? await showCase(main, Number(found[1])) : await showWorklist(main);
  } catch (error) {
    if (error.status === 404) {
      location.hash = "#/";
      return warn(t("case_gone"));
    }
    if (error.status !== undefined) return warn(await sentenceOf(error));
    throw error;
  }
}

/** Take in who has just signed in, or has been before. */
async function enter() {
  remember((await call("GET", "/review/facts")).data);
  applyTheme(facts().theme);
  watch();
  await route();
}

async function signOut(words = "signed_out") {
  try {
    await call("DELETE", "/review/session");
  } catch {
    // Whoever is signed out already stays so.
  }
  close(words);
}

/** Nobody sits here any more: nothing of a case stays on screen. */
function close(words) {
  if (!facts()) return;
  forget();
  document.querySelectorAll("dialog").forEach((one) => one.remove());
  route().then(() => warn(t(words)));
}

/** As the screen of a workstation: after a while without a key or the mouse nobody goes on in this name. */
function watch() {
  clearTimeout(idle);
  const minutes = facts()?.lock_minutes ?? 0;
  if (minutes) idle = setTimeout(() => signOut("went_idle"), minutes * 60_000);
}

function drawAround() {
  document.getElementById("skip").textContent = t("skip");
  document.getElementById("purpose").textContent = t("purpose");
  document.getElementById("who").textContent = facts()?.session.name ?? "";
  const chosen = h("select", { "aria-label": t("language"), onchange: change });
  for (const [short, name] of Object.entries(allLanguages())) {
    chosen.append(h("option", { value: short, lang: short, selected: short === language() }, name));
  }
  const place = h("nav", { "aria-label": "LeukoScope", id: "place" });
  place.append(h("span", { class: "brand" }, "LeukoScope"));
  if (facts()) place.append(h("a", { href: "#/", title: t("back") }, t("worklist")));
  document.getElementById("top").replaceChildren(
    place,
    h("div", { id: "case-head" }),
    h("div", { class: "tools" },
      h("div", { id: "case-tools", class: "tools" }),
      chosen,
      h("button", { type: "button", class: "tool", title: t("theme"), "aria-label": t("theme"), onclick: toggleTheme }, "◐"),
      facts() && h("button", { type: "button", class: "flat", onclick: () => signOut() }, t("sign_out"))),
  );
}

async function change(event) {
  await speak(event.target.value);
  await route();
  document.querySelector("#top select").focus();
}

doors.addEventListener("closed", () => close("again"));
window.addEventListener("hashchange", route);
for (const kind of ["keydown", "pointerdown", "pointermove"]) window.addEventListener(kind, watch, { passive: true });
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});

await loadWords();
applyTheme("system");
try {
  await enter();
} catch (error) {
  await route();
  if (error.status !== 401) warn(await sentenceOf(error));
}
