import { useEffect } from "react";

import { apiUrl, base } from "../../app/config";
import { Loading } from "../../ui/Loading";

/** Where the server sends a signed-in browser back to the protected address it came from. */
export const RETURN_PATH = "/forward-auth/return";

/** An address that looks like one of these pages and is the server's: leave them, and ask it. */
export function ToServer() {
  useEffect(() => location.replace(`${apiUrl}${location.pathname.slice(base.length)}${location.search}`), []);
  return <Loading rows={2} />;
}
