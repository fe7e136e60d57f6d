/** Sensitive requests are answered with an attempt to run first: run it, then send the request again. */
import type { StepView } from "./generated";
import { codeOf, type Door } from "./http";

export interface StepUpAttempt {
  id: string;
  steps: StepView[];
}

type Asker = (attempt: StepUpAttempt) => Promise<boolean>;
let asker: Asker | undefined;

/** The dialog registers itself here while the account pages are shown. */
export function whenAskedAgain(ask: Asker): () => void {
  asker = ask;
  return () => {
    if (asker === ask) asker = undefined;
  };
}

export function withStepUp(door: Door): Door {
  return async (request, api, extra) => {
    const first = await door(request, api, extra);
    if (codeOf(first.error) !== "reauth_required" || !asker) return first;
    const { attempt } = (first.error as unknown as { data: { attempt: StepUpAttempt } }).data;
    return (await asker(attempt)) ? door(request, api, extra) : first;
  };
}
