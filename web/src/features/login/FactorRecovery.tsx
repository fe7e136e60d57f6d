import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { When } from "../../ui/When";
import type { StepProps } from "./stepProps";

/** The step for a lost second factor: start the wait, during which the owner is warned, and finish it afterwards. */
export default function FactorRecovery({ flow, step }: StepProps<"factor_recovery">) {
  const { t, i18n } = useTranslation();
  const { options } = step;
  const [requested, setRequested] = useState(false);
  const hours = new Intl.NumberFormat(i18n.language, { style: "unit", unit: "hour", unitDisplay: "long" });
  const confirm = async () => {
    if ((await flow.take({ method: "factor_recovery", confirm: true })) === "waiting") setRequested(true);
  };
  if (requested || (options.readyAt && !options.ready)) {
    return (
      <Notice tone="warning">
        {options.readyAt ? (
          <>
            {t("steps.factor_recovery.runsUntil")} <When at={options.readyAt} />
          </>
        ) : (
          t("steps.factor_recovery.started", { wait: hours.format(Math.round(options.delay / 3600)) })
        )}
      </Notice>
    );
  }
  return (
    <div className="space-y-5">
      <p className="leading-relaxed text-muted">
        {options.ready
          ? t("steps.factor_recovery.ready")
          : t("steps.factor_recovery.lead", { wait: hours.format(Math.round(options.delay / 3600)) })}
      </p>
      <Button
        look={options.ready ? "danger" : "primary"}
        busy={flow.busy}
        className="w-full"
        onClick={() => void confirm()}
      >
        {t(options.ready ? "steps.factor_recovery.finish" : "steps.factor_recovery.submit")}
      </Button>
    </div>
  );
}
