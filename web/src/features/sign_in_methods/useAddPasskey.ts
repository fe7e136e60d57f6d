import { useState } from "react";

import {
  usePostAccountPasskeysMutation,
  usePostAccountPasskeysOptionsMutation,
  type PasskeyView,
} from "../../api";
import { makePasskey } from "../login/passkeys";

/** Adds a passkey. Resolves to the passkey, to undefined when the user cancelled, to null when it failed. */
export function useAddPasskey() {
  const [begin] = usePostAccountPasskeysOptionsMutation();
  const [finish] = usePostAccountPasskeysMutation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const run = async (): Promise<PasskeyView | undefined | null> => {
    const begun = await begin();
    if (!begun.data) {
      setError(begun.error);
      return null;
    }
    const credential = await makePasskey(begun.data.publicKey);
    if (!credential) return undefined;
    const answer = await finish({ newPasskeyRequest: { ceremony: begun.data.ceremony, credential } });
    setError(answer.error);
    return answer.data?.passkey ?? null;
  };
  const add = async () => {
    setBusy(true);
    setError(undefined);
    try {
      return await run();
    } catch (failed) {
      setError(failed);
      return null;
    } finally {
      setBusy(false);
    }
  };
  return { add, busy, error };
}
