import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { makePasskey, supportsPasskeys, provePasskey } from "./passkeys";
import type { StepProps } from "./stepProps";

/** The step that uses a passkey, or creates one during the sign-in. Closing the browser's dialog is no error. */
export default function PasskeyStep({ flow, step, remember, remembered }: StepProps) {
  const { t } = useTranslation();
  const [options, setOptions] = useState(step.options as { publicKey: object });
  const [working, setWorking] = useState(false);
  const [cancelled, setCancelled] = useState(false);
  const [failed, setFailed] = useState(false);
  const makes = step.method === "passkey_enrolment";
  const run = async () => {
    setWorking(true);
    setCancelled(false);
    setFailed(false);
    try {
      const ceremony = makes ? makePasskey : provePasskey;
      const credential = await ceremony(options.publicKey);
      if (!credential) setCancelled(true);
      else if (!(await flow.take({ method: step.method, credential, rememberDevice: remembered }))) {
        const fresh = await flow.renew(step.method);
        if (fresh) setOptions(fresh.options as { publicKey: object });
      }
    } catch {
      setFailed(true);
    }
    setWorking(false);
  };
  if (!supportsPasskeys) return <Notice tone="warning">{t("steps.passkey.unsupported")}</Notice>;
  return (
    <div className="space-y-5">
      <p className="leading-relaxed text-muted">{t(`steps.${step.method}.lead`)}</p>
      {failed ? <Notice tone="danger">{t("steps.passkey.failed")}</Notice> : null}
      {cancelled ? <Notice>{t("steps.passkey.cancelled")}</Notice> : null}
      {remember}
      <Button busy={working || flow.busy} className="w-full" onClick={() => void run()}>
        {t(`steps.${step.method}.submit`)}
      </Button>
    </div>
  );
}
