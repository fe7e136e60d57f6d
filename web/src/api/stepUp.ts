/** Step-up: a sensitive request is answered with an attempt to run first. Runs it, then sends the request again. */
import { codeOf, type Transport } from "./http";

/** An attempt with its first steps, which this module passes on; the caller has their type (`StepView`). */
export interface StepUpAttempt<Step = unknown> {
  id: string;
  steps: Step[];
}

type Asker<Step> = (attempt: StepUpAttempt<Step>) => Promise<boolean>;
let asker: Asker<never> | undefined;

/** Registers the dialog that runs attempts, while the account pages are shown. Returns a function that removes it. */
export function onReauthentication<Step>(ask: Asker<Step>): () => void {
  asker = ask;
  return () => {
    if (asker === ask) asker = undefined;
  };
}

export function withStepUp(transport: Transport): Transport {
  return async (request, api, extra) => {
    const first = await transport(request, api, extra);
    if (codeOf(first.error) !== "reauth_required" || !asker) return first;
    const { attempt } = (first.error as unknown as { data: { attempt: StepUpAttempt<never> } }).data;
    return (await asker(attempt)) ? transport(request, api, extra) : first;
  };
}
