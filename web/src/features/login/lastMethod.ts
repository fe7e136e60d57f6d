/** The way this browser was last signed in: worth a badge, and the first one to offer. */
const STORED = "vestibule.last-method";

export function lastMethod(): string | undefined {
  try {
    return localStorage.getItem(STORED) ?? undefined;
  } catch {
    return undefined;
  }
}

export function rememberMethod(method: string): void {
  try {
    localStorage.setItem(STORED, method);
  } catch {
    // Storage is blocked: there is no badge.
  }
}
