/** When an unused session will end, as far as this page can tell: every answered request keeps it alive. */
let span: number | undefined;
let endsAt: number | undefined;

export function noteSession(expiresAt: string | null | undefined): void {
  endsAt = expiresAt ? Date.parse(expiresAt) : undefined;
  span = endsAt && endsAt - Date.now();
}

export function noteActivity(): void {
  if (span !== undefined) endsAt = Date.now() + span;
}

export function sessionEndsAt(): number | undefined {
  return endsAt;
}
