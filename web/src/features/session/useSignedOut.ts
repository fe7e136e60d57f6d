import { useNavigate, type NavigateOptions } from "react-router";

import { api } from "../../api";
import { forgetTokens } from "../../api/tokenSession";
import { useAppDispatch } from "../../app/store";
import { tellOtherTabs } from "./tabs";

/** Returns what to do once the session is over: show the sign-in page, forget what was fetched, notify other tabs. */
export function useSignedOut(): (options: NavigateOptions, next?: string) => Promise<void> {
  const navigate = useNavigate();
  const dispatch = useAppDispatch();
  return async (options, next) => {
    forgetTokens();
    await navigate(`/auth/sign-in${next ? `?next=${encodeURIComponent(next)}` : ""}`, options);
    dispatch(api.util.resetApiState());
    tellOtherTabs();
  };
}
