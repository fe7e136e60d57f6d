import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import type { StepProps } from "./Steps";

const DIGITS = 6;

/** A code: from the app (sent by itself the first time it is complete) or from the list of recovery codes. */
export default function CodeStep({ flow, step, remember, remembered }: StepProps) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const [missing, setMissing] = useState(false);
  const sentByItself = useRef(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const numeric = step.method === "totp";
  const submit = async (typed: string) => {
    const plain = typed.replace(/\s/g, "");
    const complete = numeric ? plain.length === DIGITS : plain.length > 0;
    setMissing(!complete);
    if (complete) await flow.take({ method: step.method, code: plain, rememberDevice: remembered });
    field.current?.select();
  };
  const change = (typed: string) => {
    setCode(typed);
    if (!numeric || sentByItself.current || typed.replace(/\D/g, "").length !== DIGITS) return;
    sentByItself.current = true;
    void submit(typed);
  };
  return (
    <form
      noValidate
      className="space-y-5"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(code);
      }}
    >
      <p className="leading-relaxed text-muted">{t(`steps.${step.method}.lead`)}</p>
      <Field
        label={t(`steps.${step.method}.label`)}
        autoComplete="one-time-code"
        inputMode={numeric ? "numeric" : "text"}
        autoCapitalize="none"
        spellCheck={false}
        maxLength={numeric ? 12 : 32}
        value={code}
        onChange={(event) => change(event.target.value)}
        error={missing ? t(numeric ? "errors.code_shape" : "errors.required") : undefined}
        ref={field}
      />
      {remember}
      <Button type="submit" busy={flow.busy} className="w-full">
        {t("steps.confirm")}
      </Button>
    </form>
  );
}
