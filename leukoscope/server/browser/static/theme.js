/** Dark or light: what was chosen in this browser, else what the program is set to, else what the system shows. */

const KEPT = "leukoscope-theme";
const system = matchMedia("(prefers-color-scheme: light)");
let wished = "system";

function draw() {
  const wish = localStorage.getItem(KEPT) ?? wished;
  const light = wish === "light" || (wish === "system" && system.matches);
  document.documentElement.dataset.theme = light ? "light" : "dark";
}

/** Take the program's setting where nobody has chosen here. */
export function applyTheme(wish) {
  wished = wish;
  draw();
}

/** Switch between dark and light, in this browser from now on. */
export function toggleTheme() {
  localStorage.setItem(KEPT, document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  draw();
}

system.addEventListener("change", draw);
