import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import type { StepProps } from "./stepProps";
import { useMailedStep } from "./useMailedStep";

/** A step by email with a link, which may be opened on any device; this page then continues by itself. */
export default function EmailStep({ flow, identifier }: StepProps<"email_link">) {
  const { t } = useTranslation();
  const { sent, left, send } = useMailedStep(flow, { method: "email_link", send: true });
  return (
    <div className="space-y-5">
      {sent ? (
        <Notice tone="success">{t("steps.email_link.sent", { who: identifier })}</Notice>
      ) : (
        <p className="leading-relaxed text-muted">{t("steps.email_link.lead")}</p>
      )}
      <Button
        look={sent ? "quiet" : "primary"}
        busy={flow.busy && !sent}
        disabled={left > 0}
        className="w-full"
        onClick={() => void send()}
      >
        {left > 0
          ? t("steps.email_link.againIn", { count: left })
          : t(sent ? "steps.email_link.again" : "steps.email_link.submit")}
      </Button>
    </div>
  );
}
