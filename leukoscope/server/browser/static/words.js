/** The words of the pages in the person's language, by key; the server has them from the window's catalogs. */

import { call } from "./calls.js";

const KEPT = "leukoscope-language";
let texts = {};
let languages = {};
let spoken = "en";

/** Fetch the words of a language; of the one chosen here before, else of the program's. */
export async function loadWords(language = localStorage.getItem(KEPT) ?? "") {
  const { data } = await call("GET", `/review/words?language=${encodeURIComponent(language)}`);
  ({ texts, languages, language: spoken } = data);
  document.documentElement.lang = spoken;
}

/** Speak another language from now on. */
export async function speak(language) {
  localStorage.setItem(KEPT, language);
  await loadWords(language);
}

/** The language in use, and all there are: short name -> its own name. */
export const language = () => spoken;
export const allLanguages = () => languages;

/**
 * A text with its places filled.
 * @param {string} key
 * @param {...(string|number)} values
 */
export function t(key, ...values) {
  const text = texts[key];
  if (text === undefined) throw new Error(`no text ${key}`);
  return text.replace(/\{(\d)\}/g, (whole, place) => (place in values ? String(values[place]) : whole));
}

/** A figure as people of the language write it: with a comma where they do. */
export const figure = (text) => (["de", "es", "fr"].includes(spoken) ? text.replace(".", ",") : text);

/** A time as people of the language write it; of today without the date. */
export function when(iso) {
  const at = new Date(iso);
  if (at.toDateString() === new Date().toDateString()) {
    return t("today", at.toLocaleTimeString(spoken, { hour: "2-digit", minute: "2-digit" }));
  }
  return at.toLocaleDateString(spoken === "en" ? "en-CA" : spoken, { year: "numeric", month: "2-digit", day: "2-digit" });
}

/** What an error is called in the language: a sentence of the server as the window says it. */
export async function sentenceOf(error) {
  const own = { 0: "not_reached", 401: "again", 429: "too_often", 500: "fault" }[error.status];
  if (own) return t(own);
  if (error.status === 503 && error.sentence.startsWith("The server needs accounts")) return t("no_accounts");
  return saidBy(error.sentence);
}

/** A sentence of the server as the window says it in the language. */
export async function saidBy(sentence) {
  try {
    const { data } = await call("POST", "/review/said", { body: { language: spoken, sentence } });
    return data.sentence;
  } catch {
    return sentence;
  }
}
