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

/** What happens once there is a session: the pages know, other tabs know, and on one goes. */
export function useSignedIn(next: string | null): (user: SafeUser, method: string) => void {
  const navigate = useNavigate();
  const dispatch = useAppDispatch();
  return (user, method) => {
    dispatch(api.util.upsertQueryData("currentUser", undefined, user));
    tellOtherTabs();
    if (FIRST.has(method)) rememberMethod(method);
    void (async () => {
      const target = safeNext(next);
      const stop = await stopOnTheWay(method, dispatch);
      await navigate(stop ? `${stop}?next=${encodeURIComponent(target)}` : target, { replace: true });
    })();
  };
}

/** A page between signing in and where one wanted to go, if there is a reason for one. */
async function stopOnTheWay(method: string, dispatch: Dispatch): Promise<string | undefined> {
  if (ENROLMENTS.has(method)) return "/auth/recovery-codes";
  return method === "password" && (await wantsPasskey(dispatch)) ? "/auth/passkey" : undefined;
}

/** After a password: make a passkey along with it where the browser can do that by itself, else ask once. */
async function wantsPasskey(dispatch: Dispatch): Promise<boolean> {
  if (!mayOffer() || !(await hasOwnAuthenticator().catch(() => false))) return false;
  const methods = await dispatch(api.endpoints.getAccountMethods.initiate(undefined, { forceRefetch: true }));
  if (!methods.data || methods.data.passkeys.length > 0) return false;
  const made =
    (await canMakeSilently().catch(() => false)) && (await atMost(PATIENCE_MS, makeSilently(dispatch)));
  return !made;
}

/** A password manager that does not answer must not hold anybody up. */
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
    // The password manager did not want to: the offer stands.
    return false;
  }
}
