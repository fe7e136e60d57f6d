import { useEffect, useEffectEvent, useState } from "react";

import { useBeginLoginMutation, useGetConfigQuery, useTakeStepMutation, type SafeUser } from "../../api";
import { codeOf } from "../../api/http";
import { stepOf } from "./nextStep";
import { canAutofill, signalUnknown, stopAutofill, provePasskey } from "./passkeys";

/** Signs in with a passkey alone: by the button, or by the autofill of the first field, which waits for it. */
export function usePasskeyAlone(onSignedIn: (user: SafeUser, method: string) => void) {
  const [begin] = useBeginLoginMutation();
  const [take] = useTakeStepMutation();
  const [busy, setBusy] = useState(false);
  // Increased after each failed ceremony, so that the autofill waits again.
  const [round, setRound] = useState(0);
  const [error, setError] = useState<unknown>();
  const offered = useGetConfigQuery().data?.loginMethods.includes("passkey") ?? false;

  const attempt = async (autofill: boolean): Promise<boolean> => {
    const begun = await begin("");
    const options = stepOf(begun.data?.steps ?? [], "passkey")?.options;
    if (!begun.data?.attempt || !options) {
      if (!autofill) setError(begun.error);
      return false;
    }
    const credential = await provePasskey(options.publicKey, autofill);
    if (!credential) return false;
    const answer = await take({ attempt: begun.data.attempt.id, step: { method: "passkey", credential } });
    if (answer.data?.user) {
      onSignedIn(answer.data.user, "passkey");
      return true;
    }
    setError(answer.error);
    if (codeOf(answer.error) === "unknown_passkey") await signalUnknown(options.publicKey, credential.id);
    return false;
  };
  const arm = useEffectEvent(async () => {
    try {
      if (await canAutofill()) await attempt(true);
    } catch {
      // Autofill is not available; the button is.
    }
  });
  useEffect(() => {
    if (!offered) return undefined;
    const soon = setTimeout(() => void arm());
    return () => {
      clearTimeout(soon);
      void stopAutofill();
    };
  }, [offered, round]);
  const run = async () => {
    setError(undefined);
    setBusy(true);
    try {
      await stopAutofill();
      if (!(await attempt(false))) setRound(round + 1);
    } catch (failed) {
      setError(failed);
    }
    setBusy(false);
  };
  return { run, busy, error };
}
