/** The cell in its surroundings, as the models saw it, and a map laid over it as strongly as a person wants. */

import { reach } from "./calls.js";
import { h } from "./dom.js";
import { t } from "./words.js";

/** Kept from cell to cell. */
const view = { on: true, number: 0, opacity: 60, side: "own" };

/** @param {import("./case.js").OpenCase} open */
export function makeMaps(open) {
  let cell = null;
  let maps = [];
  const around = h("img", { alt: t("surroundings"), width: 160, height: 160 });
  const seen = h("img", { alt: t("as_seen"), width: 160, height: 160 });
  const layer = h("img", { alt: "", class: "layer", hidden: true });
  const caption = h("figcaption", {}, t("as_seen"));
  const on = h("input", { type: "checkbox", checked: view.on, onchange: () => { view.on = on.checked; draw(); } });
  const opacity = h("input", { type: "range", min: 0, max: 100, step: 5, value: view.opacity, "aria-label": t("opacity_told"),
    oninput: () => { view.opacity = Number(opacity.value); draw(); } });
  const percent = h("output", { class: "figure muted" });
  const side = h("select", { "aria-label": t("evidence"), onchange: () => { view.side = side.value; draw(); } },
    h("option", { value: "own" }, t("its_side")), h("option", { value: "leukemic" }, t("leukemic")),
    h("option", { value: "healthy" }, t("healthy")));
  side.value = view.side;
  const choices = h("div", { class: "map-choices", role: "group", "aria-label": t("map") });
  const scale = h("img", { alt: "", class: "scale" });
  const options = h("div", { class: "map-options" },
    h("div", { class: "row" }, h("label", { class: "check" }, on, t("show_map")), h("span", { class: "gap" }), side),
    h("div", { class: "row" }, h("span", { "aria-hidden": "true" }, t("opacity")), opacity, percent),
    h("div", { class: "row scale-row muted" }, h("span", {}, "0"), scale, h("span", {}, t("max"))), choices);
  const none = h("p", { class: "muted", hidden: true }, t("no_maps"));
  const pair = h("div", { class: "pair" },
    h("figure", {}, around, h("figcaption", {}, t("surroundings"))),
    h("figure", {}, h("div", { class: "stack" }, seen, layer), caption));

  function draw() {
    const one = maps[Math.min(view.number, maps.length - 1)];
    on.checked = view.on;
    layer.hidden = !one || !view.on;
    options.hidden = !one;
    percent.textContent = `${view.opacity} %`;
    layer.style.opacity = String(view.opacity / 100);
    caption.textContent = layer.hidden ? t("as_seen") : one.caption;
    choices.querySelectorAll("button").forEach((each, at) => each.setAttribute("aria-pressed", String(maps[at] === one)));
    if (layer.hidden) return;
    const path = reach(`/review/cases/${open.id}/cells/${cell.id}/maps/${one.model}/${one.name}.png?side=${view.side}`);
    if (layer.getAttribute("src") !== path) layer.src = path;
    if (!scale.src) scale.src = reach(`/review/cases/${open.id}/scale.png`);
  }

  /** Show a cell; its maps are known a moment later. */
  function show(next, cards) {
    if (next.id !== cell?.id) {
      around.src = reach(`/review/cases/${open.id}/cells/${next.id}/surroundings.png?side=320`);
      seen.src = reach(`/review/cases/${open.id}/cells/${next.id}/seen.png`);
    }
    cell = next;
    maps = cards.flatMap((one) => one.maps);
    none.hidden = !cell.why || maps.length > 0;
    choices.replaceChildren(...cards.filter((one) => one.maps.length).flatMap((card) => [
      h("span", { class: "muted" }, card.title), ...card.maps.map((one) => choice(one, maps.indexOf(one)))]));
    draw();
  }

  const choice = (one, at) => h("button", { type: "button", "aria-pressed": "false", title: one.caption,
    onclick: () => { view.number = at; view.on = true; draw(); } }, `${at + 1}  ${one.title}`);
  const toggle = () => { view.on = !view.on; draw(); };
  const step = (by) => {
    if (!maps.length) return;
    view.number = (Math.min(view.number, maps.length - 1) + by + maps.length) % maps.length;
    view.on = true;
    draw();
  };
  return { pair, options: h("div", {}, options, none), show, toggle, step };
}
