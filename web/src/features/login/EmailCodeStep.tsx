import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { CodeForm } from "../../ui/CodeForm";
import { Notice } from "../../ui/Notice";
import type { StepProps } from "./stepProps";
import { useMailedStep } from "./useMailedStep";

/** A step by email with a code to type here and a link to open on any device; either one completes it. */
export default function EmailCodeStep({ flow, identifier }: StepProps<"email_code">) {
  const { t } = useTranslation();
  const { sent, left, send } = useMailedStep(flow, { method: "email_code" });
  if (!sent) {
    return (
      <div className="space-y-5">
        <p className="leading-relaxed text-muted">{t("steps.email_code.lead")}</p>
        <Button busy={flow.busy} className="w-full" onClick={() => void send()}>
          {t("steps.email_code.submit")}
        </Button>
      </div>
    );
  }
  return (
    <div className="space-y-5">
      <Notice tone="success">{t("steps.email_code.sent", { who: identifier })}</Notice>
      <CodeForm
        label={t("fields.code")}
        submit={t("steps.confirm")}
        eager
        onCode={(code) => flow.take({ method: "email_code", code })}
      />
      <Button look="quiet" disabled={left > 0} className="w-full" onClick={() => void send()}>
        {left > 0 ? t("steps.email_link.againIn", { count: left }) : t("steps.email_link.again")}
      </Button>
    </div>
  );
}
