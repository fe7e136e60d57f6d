/**
 * The token of a mailed link, from the fragment or from the path, and off the address bar at once: it must not stay
 * in the history, and no request may carry it but the one that uses it.
 */
export function takeToken(fromPath?: string): string | undefined {
  const token = fromPath ?? new URLSearchParams(location.hash.slice(1)).get("token") ?? undefined;
  if (token) {
    const clean = fromPath ? location.pathname.slice(0, -(fromPath.length + 1)) : location.pathname;
    history.replaceState(history.state, "", clean + location.search);
  }
  return token;
}
