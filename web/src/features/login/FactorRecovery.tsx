import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { When } from "../../ui/When";
import type { StepProps } from "./Steps";

interface Options {
  delay: number;
  readyAt?: string;
  ready?: boolean;
}

/** Nothing is at hand: say so, wait (the owner is warned), and come back. */
export default function FactorRecovery({ flow, step }: StepProps) {
  const { t, i18n } = useTranslation();
  const options = step.options as Options;
  const [asked, setAsked] = useState(false);
  const hours = new Intl.NumberFormat(i18n.language, { style: "unit", unit: "hour", unitDisplay: "long" });
  const confirm = async () => {
    if ((await flow.take({ method: "factor_recovery", confirm: true })) === "waiting") setAsked(true);
  };
  if (asked || (options.readyAt && !options.ready)) {
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
