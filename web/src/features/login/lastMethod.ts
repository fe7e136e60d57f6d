/** Remembers the method of the last sign-in in this browser: it gets a badge, and is offered first. */
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
