/** Step-up: a sensitive request is answered with an attempt to run first. Runs it, then sends the request again. */
import type { ProblemAttempt } from "./generated";
import type { Transport } from "./http";
import { asProblem } from "./problem";

type Asker = (attempt: ProblemAttempt) => Promise<boolean>;
let asker: Asker | undefined;

/** Registers the dialog that runs attempts, while the account pages are shown. Returns a function that removes it. */
export function onReauthentication(ask: Asker): () => void {
  asker = ask;
  return () => {
    if (asker === ask) asker = undefined;
  };
}

export function withStepUp(transport: Transport): Transport {
  return async (request, api, extra) => {
    const first = await transport(request, api, extra);
    const { code, attempt } = asProblem(first.error);
    if (code !== "reauth_required" || !attempt || !asker) return first;
    return (await asker(attempt)) ? transport(request, api, extra) : first;
  };
}
