import { useEffect, useEffectEvent, useState } from "react";

import type { Step } from "../../api";
import { useCountdown } from "../../ui/useCountdown";
import type { Flow } from "./useAttempt";

const PAUSE_SECONDS = 60;
const ASK_EVERY_MS = 2500;

/** Sends the email of a step, counts down until it can be sent again, and polls whether its link was opened. */
export function useMailedStep(flow: Flow, step: Step) {
  const [sent, setSent] = useState(false);
  const [left, start] = useCountdown(0);
  const hasLink = flow.attempt?.steps.some(({ method }) => method === "email_link") ?? false;
  const ask = useEffectEvent(() => void flow.ask());
  useEffect(() => {
    if (!sent || !hasLink) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") ask();
    }, ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, [sent, hasLink]);
  const send = async () => {
    if ((await flow.take(step)) !== "waiting") return;
    setSent(true);
    start(PAUSE_SECONDS);
  };
  return { sent, left, send };
}
