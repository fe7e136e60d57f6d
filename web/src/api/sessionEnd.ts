/** Estimates when an unused session will end (milliseconds since 1970 UTC): every answered request extends it. */
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
