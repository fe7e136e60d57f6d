import { useEffect, useState } from "react";

function tokenInFragment(): string | undefined {
  return new URLSearchParams(location.hash.slice(1)).get("token") ?? undefined;
}

/**
 * The token of an emailed link, from the fragment or the path. It is removed from the address bar at once: it must not
 * stay in the history, and only the request that uses it may carry it.
 */
export function useMailedToken(fromPath?: string): string | undefined {
  const [token] = useState(() => fromPath ?? tokenInFragment());
  useEffect(() => {
    if (!token) return;
    const path = location.pathname;
    const clean = fromPath && path.endsWith(fromPath) ? path.slice(0, -(fromPath.length + 1)) : path;
    history.replaceState(history.state, "", clean + location.search);
  }, [token, fromPath]);
  useEffect(() => {
    // Opening another link in this tab changes only the fragment: start over with its token.
    const again = () => {
      if (tokenInFragment()) location.reload();
    };
    addEventListener("hashchange", again);
    return () => removeEventListener("hashchange", again);
  }, []);
  return token;
}
