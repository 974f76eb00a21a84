/** Elements, signs and announcements: everything that the pages put on screen is made here, never from markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element.
 * @param {string} tag - Its name.
 * @param {Object<string, any>} [given] - Attributes; `on…` are listeners, `true` is an empty attribute, and what is
 *   null, undefined or false is left out.
 * @param {...(Node|string|null|undefined|false)} children - What stands in it; text stays text.
 * @returns {HTMLElement}
 */
export function h(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  fill(made, given);
  made.append(...children.filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

/**
 * Make a part of a drawing.
 * @param {string} tag - Its name.
 * @param {Object<string, any>} given - As of {@link h}.
 * @param {...Node} children
 * @returns {SVGElement}
 */
export function s(tag, given = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  fill(made, given);
  made.append(...children);
  return made;
}

function fill(made, given) {
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Say something to who sees and to who listens, in the status line. */
export function tell(text) {
  document.getElementById("live").textContent = text;
}

/** Say at once what must not be missed; it stands in the status line too. */
export function warn(text) {
  const alert = document.getElementById("alert");
  alert.textContent = "";
  alert.textContent = text;
  tell(text);
}

const SHAPES = {
  leukemic: () => s("path", { d: "M8 1.5 15 14.5H1Z", class: "mark leukemic" }),
  healthy: () => s("circle", { cx: 8, cy: 8, r: 6.6, class: "mark healthy" }),
  unsure: () => s("path", { d: "M8 .8 15.2 8 8 15.2.8 8Z", class: "mark unsure" }),
};

/**
 * The shape of a verdict; its word always stands beside it.
 * @param {string|null} label - leukemic, healthy or unsure.
 * @param {number} [side] - In pixels.
 */
export function shape(label, side = 12) {
  const inner = SHAPES[label] ? [SHAPES[label]()] : [];
  return s("svg", { viewBox: "0 0 16 16", width: side, height: side, "aria-hidden": "true", class: "sign" }, ...inner);
}

/** Corners on a circle, every second one nearer to the middle for a star. */
function corners(count, first, inner = 1) {
  const at = (place) => {
    const far = 6.8 * (place % 2 ? inner : 1);
    const angle = ((first + (360 * place) / count) * Math.PI) / 180;
    return `${(8 + far * Math.cos(angle)).toFixed(2)},${(8 + far * Math.sin(angle)).toFixed(2)}`;
  };
  return Array.from({ length: count }, (_, place) => at(place)).join(" ");
}

const POLYGONS = {
  triangle: [3, -90], square: [4, -45], diamond: [4, -90], pentagon: [5, -90], hexagon: [6, 0], star: [10, -90, 0.45],
};

/**
 * The shape of a cell class.
 * @param {{color: string, glyph: string}|undefined} known - The class.
 * @param {number} [side] - In pixels.
 */
export function glyph(known, side = 12) {
  const box = s("svg", { viewBox: "0 0 16 16", width: side, height: side, "aria-hidden": "true", class: "sign" });
  if (!known) return box;
  const given = { fill: known.color, class: "glyph" };
  if (known.glyph === "cross") box.append(s("path", { d: "M3 3 13 13M13 3 3 13", class: "glyph-cross" }));
  else if (known.glyph === "circle") box.append(s("circle", { cx: 8, cy: 8, r: 6.8, ...given }));
  else if (known.glyph === "ring") {
    box.append(s("circle", { cx: 8, cy: 8, r: 6.8, ...given }), s("circle", { cx: 8, cy: 8, r: 3, class: "hole" }));
  } else box.append(s("polygon", { points: corners(...POLYGONS[known.glyph]), ...given }));
  return box;
}

/**
 * A dialog of the browser: it holds the focus, Escape closes it, and the focus goes back to where it was.
 * @param {string} title
 * @param {...Node} children
 * @returns {HTMLDialogElement} Shown already.
 */
export function dialog(title, ...children) {
  const made = h("dialog", { "aria-labelledby": "dialog-title" }, h("h2", { id: "dialog-title" }, title), ...children);
  made.addEventListener("close", () => made.remove());
  document.body.append(made);
  made.showModal();
  return made;
}
