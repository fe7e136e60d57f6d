import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Notice } from "../../ui/Notice";
import type { StepProps } from "./Steps";
import { useMailedStep } from "./useMailedStep";

const DIGITS = 6;

/** One mail with a code to type here and a link to open anywhere: whichever comes first goes on. */
export default function EmailCodeStep({ flow, identifier }: StepProps) {
  const { t } = useTranslation();
  const { sent, left, send } = useMailedStep(flow, { method: "email_code" });
  const [code, setCode] = useState("");
  const [missing, setMissing] = useState(false);
  const sentByItself = useRef(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (sent) field.current?.focus();
  }, [sent]);
  const submit = async (typed: string) => {
    const plain = typed.replace(/\s/g, "");
    setMissing(plain.length !== DIGITS);
    if (plain.length === DIGITS) await flow.take({ method: "email_code", code: plain });
    field.current?.select();
  };
  const change = (typed: string) => {
    setCode(typed);
    if (sentByItself.current || typed.replace(/\D/g, "").length !== DIGITS) return;
    sentByItself.current = true;
    void submit(typed);
  };

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
    <form
      noValidate
      className="space-y-5"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(code);
      }}
    >
      <Notice tone="success">{t("steps.email_code.sent", { who: identifier })}</Notice>
      <Field
        label={t("fields.code")}
        autoComplete="one-time-code"
        inputMode="numeric"
        maxLength={12}
        value={code}
        onChange={(event) => change(event.target.value)}
        error={missing ? t("errors.code_shape") : undefined}
        ref={field}
      />
      <Button type="submit" className="w-full">
        {t("steps.confirm")}
      </Button>
      <Button look="quiet" disabled={left > 0} className="w-full" onClick={() => void send()}>
        {left > 0 ? t("steps.email_link.againIn", { count: left }) : t("steps.email_link.again")}
      </Button>
    </form>
  );
}
