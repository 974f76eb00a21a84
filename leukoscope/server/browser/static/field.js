/** The image of the chosen cell with boxes around all of its cells; zoomed and moved by mouse and keyboard. */

import { reach } from "./calls.js";
import { h, s, shape, tell } from "./dom.js";
import { figure, t } from "./words.js";

const LARGEST = 16;
const STEP = 80;

/** @param {import("./case.js").OpenCase} open */
export function makeField(open) {
  let shown = 0;
  let view = { scale: 1, x: 0, y: 0 };
  let fitted = true;
  const picture = h("img", { alt: "", draggable: "false" });
  const boxes = s("svg", { class: "boxes", "aria-hidden": "true" });
  const canvas = h("div", { class: "canvas", tabindex: "0", role: "group", "aria-label": t("field"),
    "aria-describedby": "field-told" }, picture, boxes);
  const place = h("span", { class: "place" });
  const size = h("span", { class: "muted size" });
  const percent = h("span", { class: "figure muted percent" });
  const strip = h("div", { class: "strip", role: "group", "aria-label": t("images_of_case") });
  const tool = (text, word, act) => h("button", { type: "button", class: "tool", title: word, "aria-label": word, onclick: act }, text);
  const boxTool = tool("▢", `${t("boxes")} (B)`, toggleBoxes);
  boxTool.setAttribute("aria-pressed", "true");
  const element = h("section", { class: "field", "aria-label": t("field") },
    h("div", { class: "image-bar", role: "group", "aria-label": t("images_of_case") },
      tool("‹", `${t("previous_image")} (PageUp)`, () => stepImage(-1)),
      tool("›", `${t("next_image")} (PageDown)`, () => stepImage(1)), place, size,
      h("span", { class: "gap" }),
      tool("−", `${t("zoom_out")} (−)`, () => zoom(0.8)), percent, tool("+", `${t("zoom_in")} (+)`, () => zoom(1.25)),
      tool("⤢", `${t("fit")} (F)`, fit), tool("1:1", `${t("actual")} (A)`, actual),
      tool("⌖", `${t("zoom_cell")} (Z)`, toCell), boxTool),
    canvas, h("p", { id: "field-told", class: "sr-only" }, t("field_told")), strip);

  const image = () => open.whole?.images.find((one) => one.id === shown);
  const seen = () => open.whole.images.filter((one) => one.width);

  function show(id) {
    if (id === shown || !open.whole.images.some((one) => one.id === id && one.width)) return;
    shown = id;
    picture.src = reach(`${open.path}/images/${id}/image.png`);
    fitted = true;
    drawBar();
    fit();
  }

  function drawBar() {
    const all = open.whole.images;
    const one = image();
    place.textContent = one ? t("image_of", all.indexOf(one) + 1, all.length) : "";
    const scale = one?.um_per_px ? `${figure(one.um_per_px.toPrecision(3))} µm/px` : t("not_calibrated");
    size.textContent = one ? `${one.width} × ${one.height} px · ${scale}` : "";
    strip.hidden = all.length < 2;
    strip.replaceChildren(...all.map((each, at) => h("button", {
      type: "button", class: "image", "aria-current": each.id === shown ? "true" : null, disabled: !each.width,
      title: each.error ?? each.name, "aria-label": `${t("image_of", at + 1, all.length)}, ${each.width ? each.name : t("not_read")}`,
      onclick: () => showFirstOf(each.id),
    }, h("span", {}, String(at + 1)), h("span", { class: "n" }, ...counts(each.id)))));
  }

  function counts(id) {
    const cells = [...open.cells.values()].filter((one) => one.image === id);
    return ["unsure", "leukemic", "healthy"].map((label) => [label, cells.filter((one) => one.counted === label).length])
      .filter(([, count]) => count).map(([label, count]) => h("span", {}, shape(label, 9), ` ${count}`));
  }

  function showFirstOf(id) {
    show(id);
    const first = open.order.find((one) => open.cells.get(one).image === id);
    if (first && open.cell?.image !== id) open.choose(first);
    drawBar();
    strip.querySelector("[aria-current]")?.focus();
  }

  function stepImage(by) {
    const all = seen();
    const next = all[all.findIndex((one) => one.id === shown) + by];
    if (next) showFirstOf(next.id);
  }

  function draw() {
    const { scale, x, y } = view;
    const move = `translate(${x}px, ${y}px) scale(${scale})`;
    picture.style.transform = move;
    picture.style.imageRendering = scale > 3 ? "pixelated" : "auto";
    percent.textContent = `${Math.round(scale * 100)} %`;
    drawBoxes();
  }

  function drawBoxes() {
    const one = image();
    if (!one) return boxes.replaceChildren();
    const { scale, x, y } = view;
    const of = [...open.cells.values()].filter((cell) => cell.image === shown);
    of.sort((a, b) => (a.id === open.chosen) - (b.id === open.chosen));
    boxes.replaceChildren(...of.map((cell) => {
      const [left, top, width, height] = cell.box;
      const at = { x: left * scale + x - 3, y: top * scale + y - 3, width: width * scale + 6, height: height * scale + 6 };
      const chosen = cell.id === open.chosen;
      const above = at.y > 24 ? at.y - 22 : at.y + at.height + 2;
      const label = cell.counted ?? "none";
      const wide = 32 + cell.short.length * 7.2;
      const plate = Math.max(Math.min(at.x, room().width - wide - 2), 2);
      const sign = shape(cell.counted, 11);
      sign.setAttribute("x", plate + 7);
      sign.setAttribute("y", above + 4.5);
      const group = s("g", { class: `box ${label}${chosen ? " chosen" : ""}${open.several.length && open.picked.has(cell.id) ? " picked" : ""}` },
        s("rect", { ...at, rx: 3, class: "halo" }), s("rect", { ...at, rx: 3, class: "edge" }),
        s("rect", { x: plate, y: above, width: wide, height: 20, rx: 3, class: "plate" }), sign);
      const text = s("text", { x: plate + 23, y: above + 14 });
      text.textContent = cell.short;
      group.append(text);
      group.addEventListener("click", () => { if (!dragged) open.choose(cell.id); });
      return group;
    }));
  }

  function room() {
    return { width: canvas.clientWidth, height: canvas.clientHeight };
  }

  function setView(scale, x, y) {
    const one = image();
    if (!one) return;
    const { width, height } = room();
    const keep = (at, whole, space) => whole <= space ? (space - whole) / 2 : Math.min(Math.max(at, space - whole), 0);
    view = { scale, x: keep(x, one.width * scale, width), y: keep(y, one.height * scale, height) };
    draw();
  }

  function fit() {
    const one = image();
    const { width, height } = room();
    if (!one || !width) return;
    fitted = true;
    setView(Math.min((width - 16) / one.width, (height - 16) / one.height, 4), 0, 0);
  }

  function zoom(by, at = { x: room().width / 2, y: room().height / 2 }) {
    fitted = false;
    const scale = Math.min(Math.max(view.scale * by, 0.02), LARGEST);
    const ratio = scale / view.scale;
    setView(scale, at.x - (at.x - view.x) * ratio, at.y - (at.y - view.y) * ratio);
  }

  function actual() { zoom(1 / view.scale); }

  function center(scale) {
    const [left, top, width, height] = open.cell.box;
    fitted = false;
    setView(scale, room().width / 2 - (left + width / 2) * scale, room().height / 2 - (top + height / 2) * scale);
  }

  function toCell() {
    if (!open.cell) return;
    const [, , width, height] = open.cell.box;
    center(Math.min(LARGEST, (0.5 * Math.min(room().width, room().height)) / Math.max(width, height)));
  }

  function pan(key) {
    fitted = false;
    const [x, y] = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] }[key];
    setView(view.scale, view.x + x, view.y + y);
  }

  function toggleBoxes() {
    const on = boxes.classList.toggle("off");
    boxTool.setAttribute("aria-pressed", String(!on));
  }

  let from = null;
  let dragged = false;
  canvas.addEventListener("pointerdown", (event) => { from = { x: event.clientX, y: event.clientY, view }; dragged = false; });
  window.addEventListener("pointerup", endDrag);
  canvas.addEventListener("pointermove", (event) => {
    if (!from || !event.buttons) return;
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    if (!dragged && Math.hypot(dx, dy) < 4) return;
    dragged = true;
    fitted = false;
    setView(view.scale, from.view.x + dx, from.view.y + dy);
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const edge = canvas.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY / 400), { x: event.clientX - edge.left, y: event.clientY - edge.top });
  }, { passive: false });
  function endDrag() { from = null; }

  const watch = new ResizeObserver(() => (fitted ? fit() : setView(view.scale, view.x, view.y)));
  watch.observe(canvas);
  picture.addEventListener("error", () => tell(t("not_read")));
  open.addEventListener("chosen", () => {
    if (open.cell) show(open.cell.image);
    else if (!shown && seen().length) show(seen()[0].id);
    if (open.cell && !fitted && open.cell.image === shown) center(view.scale);
    drawBar();
    drawBoxes();
  });
  for (const kind of ["cell", "cells"]) open.addEventListener(kind, () => { drawBar(); drawBoxes(); });
  const stop = () => { watch.disconnect(); window.removeEventListener("pointerup", endDrag); };
  return { element, stop, fit, actual, toCell, zoom, pan, toggleBoxes, stepImage };
}
