import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { makePasskey, supportsPasskeys, provePasskey } from "./passkeys";
import type { StepProps } from "./stepProps";

/** The step that uses a passkey, or creates one during the sign-in. Closing the browser's dialog is no error. */
export default function PasskeyStep({
  flow,
  step,
  remember,
  remembered,
}: StepProps<"passkey" | "passkey_enrolment">) {
  const { t } = useTranslation();
  const { method } = step;
  const [options, setOptions] = useState(step.options);
  const [working, setWorking] = useState(false);
  const [outcome, setOutcome] = useState<"cancelled" | "failed">();
  const run = async () => {
    setWorking(true);
    setOutcome(undefined);
    try {
      const ceremony = method === "passkey_enrolment" ? makePasskey : provePasskey;
      const credential = await ceremony(options.publicKey);
      if (!credential) setOutcome("cancelled");
      else if (!(await flow.take({ method, credential, rememberDevice: remembered })))
        setOptions((await flow.renew(method))?.options ?? options);
    } catch {
      setOutcome("failed");
    }
    setWorking(false);
  };
  if (!supportsPasskeys) return <Notice tone="warning">{t("steps.passkey.unsupported")}</Notice>;
  return (
    <div className="space-y-5">
      <p className="leading-relaxed text-muted">{t(`steps.${method}.lead`)}</p>
      {outcome ? (
        <Notice tone={outcome === "failed" ? "danger" : "info"}>{t(`steps.passkey.${outcome}`)}</Notice>
      ) : null}
      {remember}
      <Button busy={working || flow.busy} className="w-full" onClick={() => void run()}>
        {t(`steps.${method}.submit`)}
      </Button>
    </div>
  );
}
