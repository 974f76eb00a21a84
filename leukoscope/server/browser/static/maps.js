/** The cell in its surroundings, as the models saw it, and a map laid over it as a person wants to see it. */

import { reach } from "./calls.js";
import { facts } from "./facts.js";
import { h } from "./dom.js";
import { t } from "./words.js";

/** Kept from cell to cell. */
const view = { on: true, number: 0, opacity: 60, side: "own", mode: "heat", palette: "" };

/** @param {import("./case.js").OpenCase} open */
export function makeMaps(open) {
  view.palette ||= facts().palette;
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
  const side = segmented("side", "evidence", [["own", "its_side"], ["leukemic", "leukemic"], ["healthy", "healthy"]]);
  const mode = segmented("mode", "drawn_as", [["heat", "heat"], ["contour", "contour"]]);
  const palette = segmented("palette", "colors", [["inferno", "inferno"], ["cividis", "cividis"]]);
  const choices = h("div", { class: "map-choices", role: "group", "aria-label": t("map") });
  const scale = h("img", { alt: "", class: "scale" });
  const options = h("div", { class: "map-options" },
    h("label", { class: "check" }, on, t("show_map")),
    h("div", { class: "map-rows" }, ...[side, mode, palette].flatMap((one) => [one.told, one.group]),
      h("span", { "aria-hidden": "true" }, t("opacity")), h("div", { class: "row" }, opacity, percent)),
    h("div", { class: "row scale-row muted" }, h("span", {}, "0"), scale, h("span", {}, t("max"))), choices);
  const none = h("p", { class: "muted", hidden: true }, t("no_maps"));
  const pair = h("div", { class: "pair" },
    h("figure", {}, around, h("figcaption", {}, t("surroundings"))),
    h("figure", {}, h("div", { class: "stack" }, seen, layer), caption));

  /** A few words of which one holds, as the window has them. */
  function segmented(name, key, items) {
    const buttons = items.map(([value, word]) => h("button", { type: "button", "data-choice": `${name}-${value}`,
      onclick: () => { view[name] = value; view.on = true; draw(); } }, t(word)));
    const mark = (enabled = true) => buttons.forEach((one, place) => {
      one.setAttribute("aria-pressed", String(items[place][0] === view[name]));
      one.disabled = !enabled;
    });
    return { told: h("span", { "aria-hidden": "true" }, t(key)), mark,
      group: h("div", { class: "choices", role: "group", "aria-label": t(key) }, ...buttons) };
  }

  function draw() {
    const one = maps[Math.min(view.number, maps.length - 1)];
    on.checked = view.on;
    layer.hidden = !one || !view.on;
    options.hidden = !one;
    percent.textContent = `${view.opacity} %`;
    layer.style.opacity = String(view.opacity / 100);
    caption.textContent = layer.hidden ? t("as_seen") : one.captions[view.side];
    side.mark(!one || one.sided);
    side.group.title = !one || one.sided ? "" : t("no_side");
    mode.mark();
    palette.mark();
    choices.querySelectorAll("button").forEach((each, place) => each.setAttribute("aria-pressed", String(maps[place] === one)));
    if (layer.hidden) return;
    const how = new URLSearchParams({ side: view.side, mode: view.mode, palette: view.palette });
    show(layer, `/review/cases/${open.id}/cells/${cell.id}/maps/${one.model}/${one.name}.png?${how}`);
    show(scale, `/review/cases/${open.id}/scale.png?palette=${view.palette}`);
  }

  function show(picture, path) {
    if (picture.getAttribute("src") !== reach(path)) picture.src = reach(path);
  }

  /** Show a cell; its maps are known a moment later. */
  function showCell(next, cards) {
    if (next.id !== cell?.id) {
      show(around, `/review/cases/${open.id}/cells/${next.id}/surroundings.png?side=320`);
      show(seen, `/review/cases/${open.id}/cells/${next.id}/seen.png`);
    }
    cell = next;
    maps = cards.flatMap((one) => one.maps);
    none.hidden = !cell.why || maps.length > 0;
    choices.replaceChildren(...cards.filter((one) => one.maps.length).flatMap((card) => [
      h("span", { class: "muted" }, card.title), ...card.maps.map((one) => choice(one, maps.indexOf(one)))]));
    draw();
  }

  const choice = (one, place) => h("button", { type: "button", "aria-pressed": "false", title: one.captions.own,
    onclick: () => { view.number = place; view.on = true; draw(); } }, `${place + 1}  ${one.title}`);

  function step(by) {
    if (!maps.length) return;
    view.number = (Math.min(view.number, maps.length - 1) + by + maps.length) % maps.length;
    view.on = true;
    draw();
  }

  function toggle() {
    view.on = !view.on;
    draw();
  }

  return { pair, options: h("div", {}, none, options), show: showCell, step, toggle };
}
