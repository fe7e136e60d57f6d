/** The target after signing in (`next`): only a path of these pages is accepted (no open redirect). */
export const HOME = "/account";

export function safeNext(next: string | null): string {
  // Parsed, not pattern-matched: `//evil`, `/\evil` and control characters all end up at another origin here.
  if (!next?.startsWith("/")) return HOME;
  const target = new URL(next, location.origin);
  const stays = target.origin === location.origin && !target.pathname.startsWith("//");
  return stays ? target.pathname + target.search + target.hash : HOME;
}

export function withNext(path: string, next: string | null): string {
  return next && safeNext(next) !== HOME ? `${path}?next=${encodeURIComponent(safeNext(next))}` : path;
}
