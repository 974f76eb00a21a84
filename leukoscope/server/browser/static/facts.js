/** Who is signed in, the cell classes with their keys, and the rules that the pages keep. */

let known = null;

/** What the server says of who is signed in; null while nobody is. */
export const facts = () => known;

/** Take in who signed in. */
export function remember(found) {
  known = found;
}

/** Nobody is signed in any more. */
export function forget() {
  known = null;
}

/** Whether who is signed in may do something: review, sign, amend … */
export const may = (act) => Boolean(known?.session.may.includes(act));

/** A cell class by its code. */
export const classOf = (code) => known?.classes.find((one) => one.code === code);
