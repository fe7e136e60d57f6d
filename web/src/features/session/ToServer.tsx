import { useEffect } from "react";

import { apiUrl, base } from "../../app/config";
import { Loading } from "../../ui/Loading";

/** The server's address that sends a signed-in browser back to the protected address it came from. */
export const RETURN_PATH = "/forward-auth/return";

/** For an address that is the server's and not one of these pages: load it from the server. */
export function ToServer() {
  useEffect(() => location.replace(`${apiUrl}${location.pathname.slice(base.length)}${location.search}`), []);
  return <Loading rows={2} />;
}
