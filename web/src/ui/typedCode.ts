/** Codes as people type them: with spaces and dashes, in digits of any script. The server reads them alike. */
const DIGITS = 6;

/** The letters and digits that were typed. East Asian keyboards type U+30FC, which counts as a letter, for a dash. */
export function typedCode(typed: string): string {
  return typed.normalize("NFKC").replace(/[^\p{L}\p{N}]|\u30fc/gu, "");
}

/** Whether exactly six digits were typed. */
export function isSixDigits(typed: string): boolean {
  const plain = typedCode(typed);
  return [...plain].length === DIGITS && /^\p{Nd}+$/u.test(plain);
}
