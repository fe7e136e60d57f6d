import { useNavigate } from "react-router";

import { api, type SafeUser } from "../../api";
import { useAppDispatch } from "../../app/store";
import { safeNext } from "../session/next";
import { tellOtherTabs } from "../session/tabs";
import { rememberMethod } from "./lastMethod";
import { canMakeSilently, hasOwnAuthenticator, makePasskey, mayOffer } from "./passkeys";

type Dispatch = ReturnType<typeof useAppDispatch>;
const PATIENCE_MS = 3000;
const ENROLMENTS = new Set(["totp_enrolment", "passkey_enrolment"]);
const FIRST = new Set(["password", "passkey", "email_link", "email_code"]);

/** Returns what to do once there is a session: update the pages, notify other tabs, and go to the next page. */
export function useSignedIn(next: string | null): (user: SafeUser, method: string) => void {
  const navigate = useNavigate();
  const dispatch = useAppDispatch();
  return (user, method) => {
    dispatch(api.util.upsertQueryData("currentUser", undefined, user));
    tellOtherTabs();
    if (FIRST.has(method)) rememberMethod(method);
    void (async () => {
      const target = safeNext(next);
      const stop = await pageBefore(method, dispatch);
      await navigate(stop ? `${stop}?next=${encodeURIComponent(target)}` : target, { replace: true });
    })();
  };
}

/** The page to show before the requested one, if any: recovery codes, or the offer of a passkey. */
async function pageBefore(method: string, dispatch: Dispatch): Promise<string | undefined> {
  if (ENROLMENTS.has(method)) return "/auth/recovery-codes";
  return method === "password" && (await wantsPasskey(dispatch)) ? "/auth/passkey" : undefined;
}

/** After a password: creates a passkey if the browser can do so by itself. Resolves to whether to offer one instead. */
async function wantsPasskey(dispatch: Dispatch): Promise<boolean> {
  if (!mayOffer() || !(await hasOwnAuthenticator().catch(() => false))) return false;
  const methods = await dispatch(api.endpoints.getAccountMethods.initiate(undefined, { forceRefetch: true }));
  if (!methods.data || methods.data.passkeys.length > 0) return false;
  const made =
    (await canMakeSilently().catch(() => false)) && (await atMost(PATIENCE_MS, makeSilently(dispatch)));
  return !made;
}

/** The result of the work, or false if it is late: a password manager that does not answer must not block the user. */
function atMost(milliseconds: number, work: Promise<boolean>): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), milliseconds));
  return Promise.race([work, late]);
}

async function makeSilently(dispatch: Dispatch): Promise<boolean> {
  try {
    const begun = await dispatch(api.endpoints.postAccountPasskeysOptions.initiate()).unwrap();
    const credential = await makePasskey(begun.publicKey, true);
    if (!credential) return false;
    const body = { ceremony: begun.ceremony, credential, conditional: true };
    await dispatch(api.endpoints.postAccountPasskeys.initiate({ newPasskeyRequest: body })).unwrap();
    return true;
  } catch {
    // The password manager refused: the passkey is offered instead.
    return false;
  }
}
