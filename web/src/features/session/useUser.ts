import { useOutletContext } from "react-router";

import type { SafeUser } from "../../api";

/** The signed-in user. Works only on pages below RequireUser. */
export function useUser(): SafeUser {
  return useOutletContext<SafeUser>();
}
